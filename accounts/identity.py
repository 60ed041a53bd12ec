"""What a provider says about somebody, checked and cleaned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from accounts.email_addresses import EmailProblem, read_email
from web.addresses import parsed_address
from web.shown import clean_name

PICTURE_LENGTH = 1000  # characters
# Characters that an account's column holds: 255 of a `sub` (OpenID Connect Core §2), and room for
# what some kinds put before it, such as a tenant.
SUB_LENGTH = 320


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
    def display_name(self) -> str:
        return self.name or self.username or self.email.partition("@")[0]

    def as_extra_data(self) -> dict[str, Any]:
        """Return what is kept with the account: names, the address, and whether it is verified."""
        return {
            "name": self.name,
            "username": self.username,
            "email": self.email,
            "email_verified": self.email_verified,
        }


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
