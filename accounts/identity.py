"""What a provider says about somebody, checked and cleaned."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

from web.addresses import parsed_address
from web.shown import clean_name

PICTURE_LENGTH = 1000  # characters
# Characters that an account's column holds: 255 of a `sub` (OpenID Connect Core §2), and room for
# what some kinds put before it, such as a tenant.
SUB_LENGTH = 320
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
    stripped = [one.strip(BLANKS) if isinstance(one, str) else one for one in listed]
    is_empty = [one in ("", None) or one is False for one in stripped]
    claimed = [one for one, empty in zip(listed, is_empty, strict=True) if not empty]
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


@dataclass(frozen=True)
class Identity:
    """A person at a provider. `provider` and `sub` together say who it is; the rest may change.

    `email_verified` says that the provider has proven the address. `unvouched_domain` is the domain
    of an address that the provider calls proven and may not vouch for. `email_problem` says why its
    claim is not accepted as an address.
    """

    provider: str
    sub: str
    name: str = ""
    username: str = ""
    picture: str = ""
    email: str = ""
    email_verified: bool = False
    unvouched_domain: str = ""
    email_problem: EmailProblem | None = None

    @classmethod
    def from_claims(cls, provider: str, sub: str, claims: Mapping[str, object]) -> "Identity":
        """Clean the claims of OpenID Connect Core §5.1, which may have any type and size.

        Raises `ValueError` for a `sub` that is not 1 to 320 printable characters: there is no
        account for such a person.
        """
        if not 0 < len(sub) <= SUB_LENGTH:
            raise ValueError(f"sub must have 1 to {SUB_LENGTH} characters")
        if not sub.isprintable():
            raise ValueError("sub has a character that cannot be printed")
        email, problem = read_email(claims.get("email"))
        return cls(
            provider=provider,
            sub=sub,
            name=clean_name(claims.get("name")),
            username=clean_name(claims.get("preferred_username")),
            picture=clean_picture(claims.get("picture")),
            email=email,
            email_verified=bool(email) and claims.get("email_verified") is True,
            email_problem=problem,
        )

    @property
    def label(self) -> str:
        """Return a name that tells two accounts of one person apart."""
        known_as = self.username or self.email or self.sub
        return f"{self.name} ({known_as})" if self.name else known_as


def clean_picture(value: object) -> str:
    """Return an https address (http on loopback), or ""."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return ""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return ""
    address = parsed_address(host)
    is_loopback = host == "localhost" or (address is not None and address.is_loopback)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback)
    return value if is_safe and host and len(value) <= PICTURE_LENGTH else ""
