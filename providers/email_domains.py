"""The email domains for which a provider may vouch, as the admin has listed them.

A stored list has domains in lower case and ASCII, separated by a comma and a space; `*` is every
domain. What "" means depends on the provider: see `Provider.may_vouch_for`.
"""

import re

from accounts.email_addresses import ascii_domain

ANY = "*"
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def domain_of(address: str) -> str:
    """Return what follows the last @."""
    return address.rpartition("@")[2]


def normalised(typed: str) -> str:
    """Return the list as it is stored. Raises `ValueError` with a text for the admin."""
    words = typed.replace(",", " ").split()
    if ANY in words and len(words) > 1:
        raise ValueError("“*” stands for every domain: leave out the others, or leave out “*”.")
    domains = words if words == [ANY] else [normalised_domain(word) for word in words]
    return ", ".join(dict.fromkeys(domains))


def normalised_domain(typed: str) -> str:
    """Return one domain as it is stored. Raises `ValueError` with a text for the admin."""
    try:
        domain = ascii_domain(typed.removeprefix("@"))
    except ValueError:
        problem = f"Enter “{typed}” in its ASCII form, which begins with xn--."
        raise ValueError(problem) from None
    if not DOMAIN.fullmatch(domain):
        problem = f"“{typed}” is no domain such as example.org. Name subdomains one by one."
        raise ValueError(problem)
    return domain
