"""A plain OpenID Provider that follows the standards: PKCE, `iss` always, claims in userinfo."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from simulator.credentials import Grant
from simulator.endpoints.messages import AuthorizationRequest
from simulator.keys import ES256
from simulator.people import Person
from simulator.providers.base import Objection
from simulator.providers.openid import OpenIDProvider, email_claims, profile_claims
from simulator.providers.refusals import Reason, RefusedHereError, TokenError

BAD_CLIENT = TokenError(401, "invalid_client", "Client authentication failed.")
BAD_GRANT = TokenError(
    400, "invalid_grant", "The code is unknown, expired or used, or not for this client."
)


class Demo(OpenIDProvider):
    """Follows OpenID Connect Core, RFC 7636, RFC 9207 and RFC 9700 where they leave a choice."""

    slug = "demo"
    kind = "openid_connect"
    name = "Demo OpenID Provider"
    title = "Simulated OpenID Provider"
    client_id = "signet-demo"
    client_secret = "simulated-demo-secret"  # noqa: S105
    requires_challenge = True
    signing_key = ES256
    metadata_lifetime = 300
    refresh_token_uses = 1
    scope_words: ClassVar[Mapping[str, str]] = {
        "openid": "know who you are here",
        "profile": "see your name and picture",
        "email": "see your email address",
        "offline_access": "stay informed while you are away",
    }
    token_errors: ClassVar[Mapping[Reason, TokenError]] = {
        Reason.MALFORMED: TokenError(
            400, "invalid_request", "A parameter is malformed or repeated."
        ),
        Reason.CLIENT: BAD_CLIENT,
        Reason.SECRET: BAD_CLIENT,
        Reason.GRANT_TYPE: TokenError(400, "unsupported_grant_type", "The grant_type is unknown."),
        Reason.CODE: BAD_GRANT,
        Reason.REDIRECT_URI: TokenError(400, "invalid_grant", "The redirect_uri is another one."),
        Reason.VERIFIER: TokenError(400, "invalid_grant", "The code_verifier does not fit."),
        Reason.REFRESH_TOKEN: TokenError(
            400, "invalid_grant", "The refresh token is not good any more."
        ),
        Reason.SCOPE: TokenError(400, "invalid_scope", "That is more than was granted."),
    }

    def metadata(self) -> dict[str, object]:
        base_url = self.base_url
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base_url}/authorize",
            "token_endpoint": f"{base_url}/token",
            "userinfo_endpoint": f"{base_url}/userinfo",
            "revocation_endpoint": f"{base_url}/revoke",
            "jwks_uri": f"{base_url}/jwks",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": list(self.scope_words),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "claims_supported": [
                *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"),
                *("name", "given_name", "family_name", "preferred_username", "picture"),
                *("email", "email_verified"),
            ],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "code_challenge_methods_supported": list(self.challenge_methods),
            "authorization_response_iss_parameter_supported": True,
            "request_uri_parameter_supported": False,
        }

    def objections(self, authorization: AuthorizationRequest) -> Iterator[Objection]:
        yield from super().objections(authorization)
        if "none" in authorization.prompt.split():
            yield "login_required", "Nobody is signed in here."

    def unknown_client(self) -> RefusedHereError:
        return RefusedHereError(400, "invalid_client", "No client has this client_id.")

    def unregistered_redirect_uri(self, authorization: AuthorizationRequest) -> RefusedHereError:
        sentence = (
            f"The client has not registered {authorization.redirect_uri or 'an empty address'}."
        )
        return RefusedHereError(400, "invalid_redirect_uri", sentence)

    def authorization_response(
        self, authorization: AuthorizationRequest, parameters: Mapping[str, str]
    ) -> dict[str, str]:
        """Add `iss` to every response, errors included (RFC 9207 §2)."""
        return super().authorization_response(authorization, parameters) | {"iss": self.issuer}

    def hints(self, person: Person) -> tuple[str, ...]:
        return (*super().hints(person), person.demo_sub)

    def is_offline(self, authorization: AuthorizationRequest) -> bool:
        return "offline_access" in self.granted_scope(authorization)

    def sub(self, person: Person) -> str:
        return person.demo_sub

    def claims(self, person: Person, scope: tuple[str, ...]) -> dict[str, Any]:
        profile = profile_claims(person) | {"preferred_username": person.id}
        return (email_claims(person) if "email" in scope else {}) | (
            profile if "profile" in scope else {}
        )

    def id_token_claims(self, grant: Grant) -> dict[str, Any]:
        """Leave the scope's claims to userinfo (OpenID Connect Core §5.4)."""
        return {"auth_time": grant.auth_time}
