"""For which email domains a provider may vouch: those that the admin has granted it.

A list as it is stored: domains in lower case and ASCII, parted by a comma and a space; `*` is every
domain. What "" is depends on who verifies addresses there (`Provider.vouches_for_nothing`); here it
is every domain.
"""

import re
import unicodedata

from django.utils.encoding import punycode

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
    domains = words if words == [ANY] else [_normalised(word) for word in words]
    return ", ".join(dict.fromkeys(domains))


def _normalised(word: str) -> str:
    domain = _in_ascii(unicodedata.normalize("NFC", word).lower().removeprefix("@"), word)
    if not DOMAIN.fullmatch(domain):
        problem = f"“{word}” is no domain such as example.org. Name subdomains one by one."
        raise ValueError(problem)
    return domain


def _in_ascii(domain: str, word: str) -> str:
    """Return an international name in its ASCII form, unless that could be another domain's.

    What was replaced in names once, such as ß by ss, is a name of its own today (RFC 5894 §7.2).
    """
    if domain.isascii():
        return domain
    try:
        encoded = punycode(domain)
        is_the_same = encoded.encode().decode("idna") == domain
    except UnicodeError:
        is_the_same = False
    if not is_the_same:
        problem = f"Enter “{word}” in its ASCII form, which begins with xn--."
        raise ValueError(problem)
    return encoded
