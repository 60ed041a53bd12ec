"""Email addresses in the one form in which they are kept and compared.

A text that could be read as two addresses, or as another address, is not accepted.
"""

import re
import unicodedata
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

LENGTH = 254  # characters (RFC 5321 §4.5.3.1.3)
MAX_READ = 1000  # characters of a claim
MAX_LISTED = 100  # addresses of a list
BLANKS = " \t\r\n"
# One @, no quotes or lists, ASCII: nothing that two programs could read as two addresses.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


class EmailProblem(StrEnum):
    """Why a claim is not accepted as an address."""

    SEVERAL = "several"
    FORM = "form"


def read_email(value: object) -> tuple[str, EmailProblem | None]:
    """Return the address of a claim, or why there is none; an empty claim is no problem.

    A list counts if it has one address in it.
    """
    listed = value if isinstance(value, list) else [value]
    claimed = [
        one
        for one in listed
        if not (one is None or one is False or (isinstance(one, str) and not one.strip(BLANKS)))
    ]
    addresses = {clean_email(one) for one in claimed[:MAX_LISTED]}
    if len(addresses) > 1 or len(claimed) > MAX_LISTED:
        return "", EmailProblem.SEVERAL
    address = next(iter(addresses), "")
    return address, EmailProblem.FORM if claimed and not address else None


def clean_email(value: object) -> str:
    """Return an address with its domain in ASCII, all in lower case; "" for anything else."""
    if not isinstance(value, str) or len(value) > MAX_READ:
        return ""
    name, _, domain = value.strip(BLANKS).rpartition("@")
    try:
        address = f"{name}@{ascii_domain(domain)}"
        validate_email(address)
    except (ValueError, ValidationError):
        return ""
    return address.lower() if ADDRESS.fullmatch(address) and len(address) <= LENGTH else ""


def ascii_domain(domain: str) -> str:
    """Return a domain in lower case and ASCII. Raises `ValueError` if that could be another domain.

    ß was once replaced by ss, but is a separate letter today (RFC 5894 §7.2). So a name is refused
    if its ASCII form decodes to another name. This also refuses letters that only look alike.
    """
    name = unicodedata.normalize("NFC", domain).lower()
    if name.isascii():
        return name
    encoded = punycode(name)
    if encoded.encode().decode("idna") != name:
        raise ValueError("in ASCII it would be another domain")
    return encoded
