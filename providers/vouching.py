"""For which email domains a provider may vouch: those that the admin has granted it.

A list as it is stored: domains in lower case and ASCII, parted by a comma and a space; `*` is every
domain. What "" is depends on who verifies addresses there (`Provider.vouches_for_nothing`); here it
is every domain.
"""

import re

from accounts.email_addresses import ascii_domain

ANY = "*"
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def may_vouch(granted: str, domain: str) -> bool:
    """Tell whether a stored list has this domain, which is normalised; subdomains do not count."""
    return granted in ("", ANY) or domain in granted.split(", ")


def domain_of(address: str) -> str:
    """Return what stands behind the last @."""
    return address.rpartition("@")[2]


def normalised(typed: str) -> str:
    """Return the list as it is stored. Raises `ValueError`, which says what is wrong.

    Addresses are told in ASCII (`accounts.identity`): domains are kept as they would stand there.
    """
    words = typed.replace(",", " ").split()
    if ANY in words and len(words) > 1:
        raise ValueError("“*” stands for every domain: leave out the others, or leave out “*”.")
    domains = words if words == [ANY] else [normalised_domain(word) for word in words]
    return ", ".join(dict.fromkeys(domains))


def normalised_domain(typed: str) -> str:
    """Return one domain as it is stored. Raises `ValueError`, which says what is wrong."""
    try:
        domain = ascii_domain(typed.removeprefix("@"))
    except ValueError:
        problem = f"Enter “{typed}” in its ASCII form, which begins with xn--."
        raise ValueError(problem) from None
    if not DOMAIN.fullmatch(domain):
        problem = f"“{typed}” is no domain such as example.org. Name subdomains one by one."
        raise ValueError(problem)
    return domain
