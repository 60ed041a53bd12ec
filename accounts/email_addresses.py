"""Email addresses in the one form in which they are kept and compared.

Whatever could be read as two addresses, or as another one than is meant, is none.
"""

import re
import unicodedata
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

LENGTH = 254  # characters (RFC 5321 §4.5.3.1.3)
TOLD_LENGTH = 1000  # characters that are looked at
LISTED = 100  # addresses of a list that are looked at
BLANKS = " \t\r\n"
# One @, no quotes or lists, ASCII: nothing that two programs could read as two addresses.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


class EmailProblem(StrEnum):
    """Why what a provider tells is taken for no address."""

    SEVERAL = "several"
    FORM = "form"


def read_email(value: object) -> tuple[str, EmailProblem | None]:
    """Return the address that a claim tells, and why it is none; a claim may tell nothing at all.

    A list counts as long as it has one address in it, and blanks around it are left out.
    """
    listed = value if isinstance(value, list) else [value]
    told = [one for one in listed if not (one is None or one is False or is_blank(one))]
    found = {clean_email(one) for one in told[:LISTED]}
    if len(found) > 1 or len(told) > LISTED:
        return "", EmailProblem.SEVERAL
    address = next(iter(found), "")
    return address, EmailProblem.FORM if told and not address else None


def is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip(BLANKS)


def clean_email(value: object) -> str:
    """Return an address with its domain in ASCII, all in lower case; "" for anything else."""
    if not isinstance(value, str) or len(value) > TOLD_LENGTH:
        return ""
    name, _, domain = value.strip(BLANKS).rpartition("@")
    try:
        address = f"{name}@{ascii_domain(domain)}"
        validate_email(address)
    except (ValueError, ValidationError):
        return ""
    return address.lower() if ADDRESS.fullmatch(address) and len(address) <= LENGTH else ""


def ascii_domain(domain: str) -> str:
    """Return a domain in lower case and ASCII. Raises `ValueError` if that could be another one.

    What was replaced in names once, such as ß by ss, is a name of its own today (RFC 5894 §7.2),
    and what only looks like a letter of another name is replaced as well.
    """
    name = unicodedata.normalize("NFC", domain).lower()
    if name.isascii():
        return name
    encoded = punycode(name)
    if encoded.encode().decode("idna") != name:
        raise ValueError("in ASCII it would be another domain")
    return encoded
