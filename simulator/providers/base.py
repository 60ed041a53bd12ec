"""What every provider has: a registered client, refusals, and words for scopes and questions."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from simulator.endpoints.messages import AuthorizationRequest, TokenRequest
from simulator.people import CAST, Person
from simulator.providers.refusals import (
    Reason,
    RefusedHereError,
    SentBackError,
    TokenError,
    TokenResponse,
)
from simulator.stage import stage

Objection = tuple[str, str]  # an error code and its description


class Provider(ABC):
    """An authorization server, and Signet as its client."""

    slug: ClassVar[str]
    kind: ClassVar[str]  # Signet's word for how it is spoken to
    name: ClassVar[str]
    title: ClassVar[str]  # above its pages
    client_id: ClassVar[str]
    client_secret: ClassVar[str]
    client_name = "Signet"
    scope_words: ClassVar[Mapping[str, str]]
    challenge_methods: ClassVar[Sequence[str]] = ("S256",)
    requires_challenge = False
    requires_redirect_uri = True  # at the token endpoint, and at the authorization endpoint
    answers_with_a_form = False  # unless the client accepts JSON
    token_errors: ClassVar[Mapping[Reason, TokenError]]

    @property
    def base_url(self) -> str:
        """Return the issuer, or the address of the server."""
        return f"{stage.origin}/{self.slug}"

    @property
    def redirect_uris(self) -> list[str]:
        return stage.redirect_uris.of(self.slug)

    # The authorization endpoint

    def accept(self, authorization: AuthorizationRequest) -> None:
        """Refuse what a real provider refuses, first of all a wrong client or redirect URI."""
        if authorization.client_id != self.client_id:
            raise self.unknown_client()
        if not self._knows_where_to_return(authorization):
            raise self.unregistered_redirect_uri(authorization)
        for error, description in self.objections(authorization):
            raise self.refusal(authorization, error, description)

    def objections(self, authorization: AuthorizationRequest) -> Iterator[Objection]:
        """Yield what is wrong with the request (RFC 6749 §4.1.2.1, RFC 7636 §4.4.1)."""
        if authorization.response_type != "code":
            yield "unsupported_response_type", "Only response_type=code is supported."
        if self.requires_challenge and not authorization.code_challenge:
            yield "invalid_request", "A code_challenge is required."
        method = authorization.code_challenge_method or "plain"
        if authorization.code_challenge and method not in self.challenge_methods:
            yield "invalid_request", "The code_challenge_method is not supported."

    def _knows_where_to_return(self, authorization: AuthorizationRequest) -> bool:
        """Compare exactly (RFC 9700 §2.1); some providers default to what is registered."""
        if not authorization.redirect_uri and not self.requires_redirect_uri:
            return bool(self.redirect_uris)
        return authorization.redirect_uri in self.redirect_uris

    @abstractmethod
    def unknown_client(self) -> RefusedHereError: ...

    @abstractmethod
    def unregistered_redirect_uri(self, authorization: AuthorizationRequest) -> Exception: ...

    def refusal(
        self, authorization: AuthorizationRequest, error: str, description: str
    ) -> Exception:
        """Return the refusal of a request whose redirect URI is known."""
        return self.sent_back(authorization, error, description)

    def denied(self, authorization: AuthorizationRequest) -> SentBackError:
        return self.sent_back(authorization, "access_denied", "The visitor pressed Deny.")

    def sent_back(
        self, authorization: AuthorizationRequest, error: str, description: str
    ) -> SentBackError:
        parameters = {"error": error, "error_description": description}
        return SentBackError(
            self.return_uri(authorization), self.authorization_response(authorization, parameters)
        )

    def return_uri(self, authorization: AuthorizationRequest) -> str:
        return authorization.redirect_uri

    def authorization_response(
        self, authorization: AuthorizationRequest, parameters: Mapping[str, str]
    ) -> dict[str, str]:
        """Return these parameters of a response with those that the provider always adds."""
        return {**parameters, **({"state": authorization.state} if authorization.state else {})}

    def code_response(
        self, authorization: AuthorizationRequest, code: str, person: Person
    ) -> dict[str, str]:
        """Return the parameters of a successful response (RFC 6749 §4.1.2)."""
        return self.authorization_response(authorization, {"code": code})

    def offered_people(self, authorization: AuthorizationRequest) -> Sequence[Person]:
        return CAST

    def hints(self, person: Person) -> tuple[str, ...]:
        """Return the names by which a client may hint at this person."""
        return (person.id, person.email)

    def question(self, authorization: AuthorizationRequest) -> str:
        """Return the question to the visitor. It is always asked: nobody stays signed in here."""
        return "Who are you today?"

    def granted_scope(self, authorization: AuthorizationRequest) -> tuple[str, ...]:
        """Return the requested scopes that exist here, in their order; others are ignored."""
        scope = dict.fromkeys(authorization.scope.split())
        return tuple(name for name in scope if name in self.scope_words)

    def scope_in_words(self, authorization: AuthorizationRequest) -> list[str]:
        return [self.scope_words[name] for name in self.granted_scope(authorization)]

    def is_offline(self, authorization: AuthorizationRequest) -> bool:
        """Tell whether the client requests a refresh token."""
        return False

    # The token endpoint

    @abstractmethod
    def token_answer(self, message: TokenRequest) -> TokenResponse:
        """Answer an authenticated client, or raise `TokenRefusedError`."""

    def token_error(self, reason: Reason) -> TokenResponse:
        """Report a refusal (RFC 6749 §5.2)."""
        error = self.token_errors[reason]
        members = {"error": error.error, "error_description": error.description}
        return TokenResponse(error.status, {**members})

    def as_json(self) -> dict[str, object]:
        return {
            "slug": self.slug,
            "kind": self.kind,
            "name": self.name,
            "base_url": self.base_url,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uris": self.redirect_uris,
        }
