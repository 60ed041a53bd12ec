"""What is known of one kind of provider."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from protocol.discovery_address import issuers_of, problem_of, problem_of_cloud
from protocol.flow import AuthorizationServer, TokenEndpointAuthMethod
from providers.catalogue.extra import ExtraKey
from providers.catalogue.identifier import NOT_LOOKED_AT, Identifier, Verifier
from providers.catalogue.registration_guide import RegistrationGuide, general_guide


class Protocol(StrEnum):
    """Which client speaks with a provider: `providers.clients.CLIENTS`."""

    OPENID_CONNECT = "openid_connect"
    APPLE = "apple"  # OpenID Connect, with a client secret that we mint
    MICROSOFT = "microsoft"  # OpenID Connect, with an issuer for each tenant
    GITHUB = "github"
    ALLAUTH = "allauth"  # by allauth's adapter of that provider


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
    # The member of the profile that says with JSON `true` that the provider has proven the address.
    # "" if there is none: then no address counts as proven. A dot leads into an object.
    verified_claim: str = ""
    # Who it is, joined by dots; () for what the protocol says. A dot leads into an object, but not
    # in a name that is a URL.
    sub_claims: tuple[str, ...] = ()
    # The member of the token response by which an adapter asks for a profile. The profile has to be
    # about the same person.
    answer_claim: str = ""
    identifier: Identifier = NOT_LOOKED_AT
    described: RegistrationGuide | None = None
    vouching_note: str = ""  # what the admin should know of its verdicts on addresses
    extra: tuple[ExtraKey, ...] = ()
    takes_secret: bool = True
    # Where the admin chooses none. Of kinds that allauth's adapter serves, the adapter knows.
    token_endpoint_auth_method: TokenEndpointAuthMethod = TokenEndpointAuthMethod.POST
    allauth_id: str = ""  # in allauth's registry, where it has another id there
    issuer_endings: tuple[str, ...] = ()  # of an address without slash; () for it as it is
    server: AuthorizationServer | None = None  # instead of discovery
    endpoints: tuple[tuple[str, str], ...] = ()  # attributes of allauth's adapter
    settings: tuple[tuple[str, object], ...] = ()  # what allauth's provider reads as its settings
    authorization_parameters: tuple[tuple[str, str], ...] = ()  # more of that request
    # What makes it ask somebody again who is signed in there; () if nothing does, and then the way
    # there and back counts as a sign-in. With `max_age`, the ID token has to say when it was.
    login_again: tuple[tuple[str, str], ...] = ()
    another_account: tuple[tuple[str, str], ...] = ()  # what makes it offer a choice of accounts
    client_id_parameter: str = "client_id"
    response_mode: str = ""
    returns_nonce: bool = True
    sends_verifier: bool = True
    revokes_grant: bool = False  # revoking one token ends the grant, and needs no authentication

    @property
    def needs_base_url(self) -> bool:
        return self.takes_base_url and not self.base_url

    @property
    def vouches(self) -> bool:
        """Tell whether it can say that it has proven an address."""
        return bool(self.verified_claim)

    @property
    def guide(self) -> RegistrationGuide:
        """Return how one registers there; in general terms for a kind that is not described."""
        return self.described or general_guide(
            self.name, takes_secret=self.takes_secret, needs_base_url=self.needs_base_url
        )

    def console_url(self, base_url: str = "") -> str:
        """Return the address of the developer console; "" if we know none.

        `{base_url}` in a pattern is the provider's address, `{origin}` its scheme and host.
        """
        address = (base_url or self.base_url).rstrip("/")
        console = self.guide.console
        if "{" in console and not address:
            return ""
        parts = urlsplit(address)
        return console.format(base_url=address, origin=f"{parts.scheme}://{parts.netloc}")

    @property
    def verifies_addresses_itself(self) -> bool:
        """Tell whether the provider itself proves addresses, and not the admin of a server."""
        return self.vouches and self.identifier.verifier is Verifier.PROVIDER

    @property
    def max_age(self) -> int | None:
        """Return how old a sign-in may be after the provider has asked again, in seconds."""
        max_age = dict(self.login_again).get("max_age")
        return None if max_age is None else int(max_age)

    @property
    def form_post(self) -> bool:
        """Tell whether the response comes as a cross-site POST (Form Post Response Mode §2)."""
        return self.response_mode == "form_post"

    @property
    def registered_as(self) -> str:
        """Return the id under which allauth knows it."""
        return self.allauth_id or self.id

    def problem_of_base_url(self, base_url: str) -> str:
        """Say why this cannot be the base URL; "" if it can."""
        if self.protocol is Protocol.MICROSOFT:
            return problem_of_cloud(base_url)
        is_discovered = self.protocol is Protocol.OPENID_CONNECT
        return problem_of(base_url, self.name, is_discovered=is_discovered)

    def issuers(self, base_url: str) -> tuple[str, ...]:
        """Return the names that the issuer at this address may have."""
        entered = issuers_of(base_url)
        endings = [entered[0].rstrip("/") + ending for ending in self.issuer_endings]
        return tuple(endings) or entered
