"""What is known of one kind of provider: its endpoints and quirks, and which id it sends.

Two people must never share one account here, and nobody must get the account of another person. So
we asked about each id, in 2026-11: whose is it, can another person get it, and who verifies
addresses?
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from protocol.client_authentication import TokenEndpointAuthMethod
from protocol.flow import AuthorizationServer

FIELD_PREFIX = "extra_"  # before a key's name, among the fields of a form
LONGEST = 4000  # characters of a value; a PEM of a P-256 key has about 250


@dataclass(frozen=True)
class ExtraKey:
    """One more value to paste: a text that matches a pattern, or a private key.

    A secret is never shown again. A value that `steers` decides where secrets are sent.
    """

    name: str
    label: str
    help: str
    problem: str  # what is wrong with a value that does not fit
    pattern: str = ""  # of the whole value
    is_p256_key: bool = False  # the value is the PEM of a private key for ES256 (RFC 7518 §3.4)
    is_secret: bool = False
    steers: bool = False
    is_optional: bool = False


def problems(keys: tuple[ExtraKey, ...], extra: Mapping[str, str]) -> dict[str, str]:
    """Say for each key whether its value is missing, unknown or wrong."""
    found = dict.fromkeys(extra, _("This kind of provider does not use this value."))
    for key in keys:
        value = extra.get(key.name, "")
        if not value:
            found[key.name] = "" if key.is_optional else _missing(key)
            continue
        fits = _is_p256_key(value) if key.is_p256_key else re.fullmatch(key.pattern, value)
        found[key.name] = "" if fits else _(key.problem)
    return {name: text for name, text in found.items() if text}


def _missing(key: ExtraKey) -> str:
    return _("This value is missing. {help}").format(help=_(key.help))


def _is_p256_key(value: str) -> bool:
    if len(value) > LONGEST:
        return False
    try:
        key = load_pem_private_key(value.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)


def entries(file: str) -> dict[str, dict[str, Any]]:
    """Return the tables of a TOML file beside this one."""
    return tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))


WORDS = entries("words.toml")


class Whose(StrEnum):
    """Whose id it is."""

    PERSON = "person"
    COMPANY = "company"
    MAILBOX = "mailbox"
    LOGIN_NAME = "login_name"
    OTHER = "other"  # nobody's in particular
    AS_SET_UP = "as_set_up"  # what the server is configured to send
    UNKNOWN = "unknown"  # nobody has looked yet


class Reuse(StrEnum):
    """Whether another person can get the same id."""

    NEVER = "never"  # a new account has a new one
    BY_OPERATOR = "by_operator"  # if the operator of the server gives it to another person
    POSSIBLE = "possible"  # or at least not ruled out


class Verifier(StrEnum):
    """Who decides that an address is verified."""

    NOBODY = "nobody"  # at least nobody that we can trust
    PROVIDER = "provider"  # it has sent mail to the address
    OPERATOR = "operator"  # the operator of the server or the tenant


WHY_NOT: dict[StrEnum, str] = {
    Whose.COMPANY: gettext_noop("it identifies companies, not people"),
    Whose.UNKNOWN: gettext_noop("we have not checked yet how it identifies people"),
    Reuse.POSSIBLE: gettext_noop("its user IDs can change, or can be given to another person"),
}


@dataclass(frozen=True)
class Identifier:
    """The id of one kind: three answers, and their source."""

    source: str
    whose: Whose = Whose.PERSON
    reuse: Reuse = Reuse.NEVER
    verifier: Verifier = Verifier.NOBODY

    @property
    def why_not(self) -> str:
        """Say why this id cannot stand for a person, untranslated; "" if it can."""
        return WHY_NOT.get(self.whose) or WHY_NOT.get(self.reuse, "")


NOT_LOOKED_AT = Identifier("", Whose.UNKNOWN, reuse=Reuse.POSSIBLE)


class Protocol(StrEnum):
    """Which client speaks with a provider: `providers.clients.CLIENTS`."""

    OPENID_CONNECT = "openid_connect"
    APPLE = "apple"  # OpenID Connect, with a client secret that we mint
    MICROSOFT = "microsoft"  # OpenID Connect, with an issuer for each tenant
    GITHUB = "github"
    ALLAUTH = "allauth"  # by allauth's adapter of that provider


@dataclass(frozen=True)
class RegistrationGuide:
    """How an application is registered at a provider (RFC 6749 §2), step by step.

    The developer consoles were compared with the providers' public documentation in 2026-11. Text
    between asterisks in a step is a name on the provider's pages. `also_called` are words by which
    somebody may search for the provider.
    """

    steps: tuple[str, ...]
    console: str = ""  # address of the developer console, with {base_url} or {origin}
    client_id: str = "Client ID"  # what the provider calls these three
    client_secret: str = "Client secret"  # noqa: S105 - a label
    redirect_uri: str = "Redirect URI"
    base_url: str = ""  # what to enter as base URL, where it can be entered
    note: str = ""  # what surprises people
    also_called: tuple[str, ...] = ()
    is_general: bool = False  # holds for every provider, and was read at none


@dataclass(frozen=True)
class Kind:
    """A kind of provider, as an entry of `well_known.toml` or `others.toml` describes it."""

    id: str
    name: str
    protocol: Protocol = Protocol.ALLAUTH
    base_url: str = ""  # the issuer or the server; "" where each provider has its own
    takes_base_url: bool = False
    scope: tuple[str, ...] = ()
    not_yet: str = ""  # why it cannot be added, "" if it can
    # If this member of the profile is JSON `true`, the provider has proven the address. With "", no
    # address counts as proven. A dot leads into an object.
    verified_claim: str = ""
    # The claims that identify a person; their values are joined by dots. With (), the protocol
    # decides. A dot in a name leads into an object, but not if the name is a URL.
    sub_claims: tuple[str, ...] = ()
    # The member of the token response that tells an adapter whose profile to ask for. The profile
    # has to be about the same person.
    answer_claim: str = ""
    identifier: Identifier = NOT_LOOKED_AT
    described: RegistrationGuide | None = None
    vouching_note: str = ""  # what the admin should know of its verdicts on addresses
    extra: tuple[ExtraKey, ...] = ()
    takes_secret: bool = True
    # Used unless the admin chooses another. For kinds that allauth serves, its adapter decides.
    token_endpoint_auth_method: TokenEndpointAuthMethod = TokenEndpointAuthMethod.POST
    allauth_id: str = ""  # in allauth's registry, where it has another id there
    issuer_endings: tuple[str, ...] = ()  # added to the address; () leaves the address as it is
    server: AuthorizationServer | None = None  # instead of discovery
    endpoints: tuple[tuple[str, str], ...] = ()  # attributes of allauth's adapter
    settings: tuple[tuple[str, object], ...] = ()  # what allauth's provider reads as its settings
    authorization_parameters: tuple[tuple[str, str], ...] = ()  # added to that request
    # Added to that request if a rule has to ask again, later, about the same person.
    to_ask_again: tuple[tuple[str, str], ...] = ()
    # Parameters that make it ask for a login again, even if people are signed in there. () if it
    # has none: then coming back from it counts as a sign-in.
    login_again: tuple[tuple[str, str], ...] = ()
    max_age: int | None = None  # seconds; the oldest login after it asked again, None if unknown
    another_account: tuple[tuple[str, str], ...] = ()  # makes it offer a choice of accounts
    # Where somebody signs out there, if no parameter lets them use another account. May contain
    # {base_url}.
    sign_out: str = ""
    client_id_parameter: str = "client_id"
    response_mode: str = ""  # "form_post" for a cross-site POST (Form Post Response Mode §2)
    returns_nonce: bool = True
    sends_verifier: bool = True
    revokes_grant: bool = False  # revoking one token ends the grant, and needs no authentication
    # Where a person sees which apps have access to their account and takes it back. May contain
    # {base_url}, {origin} and {client_id}; without the first two it is at the company's server.
    grants: str = ""

    @property
    def needs_base_url(self) -> bool:
        return self.takes_base_url and not self.base_url

    @property
    def offers_accounts(self) -> bool:
        """Tell whether a parameter lets somebody use another account than the one signed in."""
        return bool(self.another_account or self.login_again)

    def sign_out_url(self, base_url: str = "") -> str:
        """Return the address of `sign_out`; "" if we know none."""
        return self._filled(self.sign_out, base_url)

    @property
    def guide(self) -> RegistrationGuide:
        """Return how to register there, in general terms if we have not described this kind."""
        if self.described:
            return self.described
        words = WORDS["general_guide"]
        steps = words["steps"] + ([words["address"]] if self.needs_base_url else [])
        in_general = tuple(_(step).format(name=self.name) for step in steps)
        return RegistrationGuide(in_general, is_general=True)

    def console_url(self, base_url: str = "") -> str:
        """Return the address of the developer console; "" if we know none.

        `{base_url}` in a pattern is the provider's address, `{origin}` its scheme and host.
        """
        return self._filled(self.guide.console, base_url)

    def grants_url(self, client_id: str, base_url: str = "") -> str:
        """Return the address of `grants`; "" if we know none at this server."""
        is_anywhere = "{base_url}" in self.grants or "{origin}" in self.grants
        if not (is_anywhere or self.is_at_home(base_url)):
            return ""
        return self._filled(self.grants, base_url, quote(client_id, safe=""))

    def is_at_home(self, base_url: str) -> bool:
        """Tell whether this is the company's own server."""
        return base_url.rstrip("/") in ("", self.base_url.rstrip("/"))

    def _filled(self, pattern: str, base_url: str, client_id: str = "") -> str:
        address = (base_url or self.base_url).rstrip("/")
        if "{" in pattern and not address:
            return ""
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        return pattern.format(base_url=address, origin=origin, client_id=client_id)

    @property
    def warning(self) -> str:
        """Say what the server's operators must never do; "" if nothing depends on them."""
        is_theirs = self.identifier.reuse is Reuse.BY_OPERATOR
        return _(WORDS["warnings"].get(self.identifier.whose, "")) if is_theirs else ""
