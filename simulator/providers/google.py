"""Google: an OpenID Provider with many claims in the ID token and errors on its own pages.

Endpoints and metadata as of accounts.google.com/.well-known/openid-configuration; parameters as
of developers.google.com/identity/openid-connect (read 2026-11).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from simulator.credentials import Grant
from simulator.endpoints.messages import AuthorizationRequest
from simulator.keys import RS256
from simulator.people import CAST, Person
from simulator.providers.base import Objection
from simulator.providers.openid import OpenIDProvider, email_claims, profile_claims
from simulator.providers.refusals import Reason, RefusedHereError, SentBackError, TokenError

PROMPTS = {"none", "consent", "select_account"}
TOLD_TO_THE_CLIENT = {"access_denied", "interaction_required"}
REPORTED_SCOPE = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}


class Google(OpenIDProvider):
    """Most errors of the authorization endpoint are pages: the visitor never returns."""

    slug = "google"
    kind = "google"
    name = "Google"
    title = "Simulated Google"
    client_id = "signet-google"
    client_secret = "simulated-google-secret"  # noqa: S105
    challenge_methods = ("plain", "S256")
    signing_key = RS256
    metadata_lifetime = 3600
    access_token_prefix = "ya29."  # noqa: S105
    refresh_token_prefix = "1//"  # noqa: S105
    refresh_token_uses = float("inf")
    scope_words: ClassVar[Mapping[str, str]] = {
        "openid": "know who you are at Google",
        "email": "see your email address",
        "profile": "see your name and picture",
    }
    token_errors: ClassVar[Mapping[Reason, TokenError]] = {
        Reason.MALFORMED: TokenError(400, "invalid_request", "Bad Request"),
        Reason.CLIENT: TokenError(401, "invalid_client", "The OAuth client was not found."),
        Reason.SECRET: TokenError(401, "invalid_client", "The provided client secret is invalid."),
        Reason.GRANT_TYPE: TokenError(400, "unsupported_grant_type", "Invalid grant_type"),
        Reason.CODE: TokenError(400, "invalid_grant", "Malformed auth code."),
        Reason.REDIRECT_URI: TokenError(400, "redirect_uri_mismatch", "Bad Request"),
        Reason.VERIFIER: TokenError(400, "invalid_grant", "Invalid code verifier."),
        Reason.REFRESH_TOKEN: TokenError(
            400, "invalid_grant", "Token has been expired or revoked."
        ),
        Reason.SCOPE: TokenError(400, "invalid_scope", "Bad Request"),
    }

    def metadata(self) -> dict[str, object]:
        base_url = self.base_url
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base_url}/o/oauth2/v2/auth",
            "token_endpoint": f"{base_url}/token",
            "userinfo_endpoint": f"{base_url}/v1/userinfo",
            "revocation_endpoint": f"{base_url}/revoke",
            "jwks_uri": f"{base_url}/oauth2/v3/certs",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": list(self.scope_words),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": [
                *("aud", "email", "email_verified", "exp", "family_name"),
                *("given_name", "iat", "iss", "name", "picture", "sub"),
            ],
            "code_challenge_methods_supported": list(self.challenge_methods),
        }

    def objections(self, authorization: AuthorizationRequest) -> Iterator[Objection]:
        yield from super().objections(authorization)
        unknown = [name for name in authorization.scope.split() if name not in self.scope_words]
        if unknown:
            yield "invalid_scope", f"Some requested scopes were invalid: {', '.join(unknown)}"
        prompts = set(authorization.prompt.split())
        if not prompts <= PROMPTS or (len(prompts) > 1 and "none" in prompts):
            yield "invalid_request", f"Invalid parameter value for prompt: {authorization.prompt}"
        if prompts == {"none"}:
            yield "interaction_required", "The visitor has to choose an account."

    def unknown_client(self) -> RefusedHereError:
        return RefusedHereError(401, "invalid_client", "The OAuth client was not found.")

    def unregistered_redirect_uri(self, authorization: AuthorizationRequest) -> RefusedHereError:
        asked_for = authorization.redirect_uri or "nowhere"
        sentence = f"The app asked to return to {asked_for}, which is not registered."
        return RefusedHereError(400, "redirect_uri_mismatch", sentence)

    def refusal(
        self, authorization: AuthorizationRequest, error: str, description: str
    ) -> Exception:
        if error in TOLD_TO_THE_CLIENT:
            return self.sent_back(authorization, error, description)
        return RefusedHereError(400, error, description)

    def sent_back(
        self, authorization: AuthorizationRequest, error: str, description: str
    ) -> SentBackError:
        """Send the error alone: Google does not describe it."""
        return SentBackError(
            authorization.redirect_uri, self.authorization_response(authorization, {"error": error})
        )

    def authorization_response(
        self, authorization: AuthorizationRequest, parameters: Mapping[str, str]
    ) -> dict[str, str]:
        """Add `iss`, which Google sends without announcing it (openiddict-core #2428, 2026-02)."""
        return super().authorization_response(authorization, parameters) | {"iss": self.issuer}

    def code_response(
        self, authorization: AuthorizationRequest, code: str, person: Person
    ) -> dict[str, str]:
        """Add what Google adds: the scope, the account and the prompt."""
        scope = self.scope_as_reported(self.granted_scope(authorization))
        hosted_domain = {"hd": person.hosted_domain} if person.hosted_domain else {}
        extra = (
            {"scope": scope, "authuser": "0"}
            | hosted_domain
            | {"prompt": authorization.prompt or "consent"}
        )
        return super().code_response(authorization, code, person) | extra

    def offered_people(self, authorization: AuthorizationRequest) -> Sequence[Person]:
        """Offer only accounts of the requested hosted domain; `*` is any."""
        if authorization.hd == "*":
            return [person for person in CAST if person.hosted_domain]
        return [person for person in CAST if authorization.hd in ("", person.hosted_domain)]

    def hints(self, person: Person) -> tuple[str, ...]:
        return (*super().hints(person), person.google_sub)

    def is_offline(self, authorization: AuthorizationRequest) -> bool:
        return authorization.access_type == "offline"

    def sub(self, person: Person) -> str:
        return person.google_sub

    def claims(self, person: Person, scope: tuple[str, ...]) -> dict[str, Any]:
        profile = profile_claims(person) if "profile" in scope else {}
        return (email_claims(person) if "email" in scope else {}) | profile | _hosted_domain(person)

    def id_token_claims(self, grant: Grant) -> dict[str, Any]:
        """Put all claims of userinfo into the ID token."""
        return {"azp": grant.client_id} | self.claims(grant.person, grant.scope)

    def scope_as_reported(self, scope: tuple[str, ...]) -> str:
        return " ".join(REPORTED_SCOPE.get(name, name) for name in scope)


def _hosted_domain(person: Person) -> dict[str, Any]:
    return {"hd": person.hosted_domain} if person.hosted_domain else {}
