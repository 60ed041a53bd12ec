"""GitHub, laid out as a GitHub Enterprise server: OAuth 2.0 with habits of its own.

The habits are those of docs.github.com, "Authorizing OAuth apps" and its two pages on errors
(read 2026-11); the code lives 60 s here instead of ten minutes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from simulator.credentials import Use
from simulator.endpoints.messages import AuthorizationRequest, TokenRequest
from simulator.people import Person
from simulator.providers.base import Objection, Provider
from simulator.providers.exchange import redeem_code
from simulator.providers.refusals import (
    Reason,
    RefusedHereError,
    SentBackError,
    TokenError,
    TokenRefusedError,
    TokenResponse,
)
from simulator.stage import stage

AUTHORIZATION_HELP = (
    "/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors/"
)
TOKEN_HELP = (
    "/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/"  # noqa: S105
)
MISMATCH = "The redirect_uri MUST match the registered callback URL for this application."
BAD_CODE = TokenError(200, "bad_verification_code", "The code passed is incorrect or expired.")
BAD_CLIENT = TokenError(
    200, "incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect."
)


class GitHub(Provider):
    """Errors of the token endpoint come with status 200, and a scope is a comma-separated list."""

    slug = "github"
    kind = "github"
    name = "GitHub"
    title = "Simulated GitHub"
    client_id = "signet-github"
    client_secret = "simulated-github-secret"  # noqa: S105
    requires_redirect_uri = False
    answers_with_a_form = True
    scope_words: ClassVar[Mapping[str, str]] = {
        "user": "read and change the whole profile, email addresses included",
        "read:user": "read the whole profile",
        "user:email": "read all email addresses, and which are verified",
        "read:org": "read membership of organisations and teams",
    }
    token_errors: ClassVar[Mapping[Reason, TokenError]] = {
        Reason.MALFORMED: BAD_CODE,
        Reason.CLIENT: BAD_CLIENT,
        Reason.SECRET: BAD_CLIENT,
        Reason.GRANT_TYPE: TokenError(200, "unsupported_grant_type", "The grant_type is unknown."),
        Reason.CODE: BAD_CODE,
        Reason.REDIRECT_URI: TokenError(200, "redirect_uri_mismatch", MISMATCH),
        Reason.VERIFIER: BAD_CODE,
    }

    def objections(self, authorization: AuthorizationRequest) -> Iterator[Objection]:
        """Yield what RFC 6749 objects to, except that GitHub does not require response_type."""
        for error, description in super().objections(authorization):
            if error != "unsupported_response_type" or authorization.response_type:
                yield error, description

    def unknown_client(self) -> RefusedHereError:
        return RefusedHereError(404, "not found", "No application has this client_id.")

    def unregistered_redirect_uri(self, authorization: AuthorizationRequest) -> Exception:
        """Send the visitor to the registered callback, if there is one."""
        if not self.redirect_uris:
            return RefusedHereError(404, "redirect_uri_mismatch", "No callback URL is registered.")
        return self.sent_back(authorization, "redirect_uri_mismatch", MISMATCH)

    def denied(self, authorization: AuthorizationRequest) -> SentBackError:
        return self.sent_back(
            authorization, "access_denied", "The user has denied your application access."
        )

    def return_uri(self, authorization: AuthorizationRequest) -> str:
        return stage.redirect_uris.closest(self.slug, authorization.redirect_uri)

    def authorization_response(
        self, authorization: AuthorizationRequest, parameters: Mapping[str, str]
    ) -> dict[str, str]:
        """Add where an error is explained, and `iss` as GitHub has done since 2026-08.

        The docs do not mention it yet; the value is on record in openiddict-core #2529.
        """
        response = super().authorization_response(authorization, parameters)
        iss = {"iss": f"{self.base_url}/login/oauth"}
        error = response.get("error")
        return response | iss | ({"error_uri": _help(AUTHORIZATION_HELP, error)} if error else {})

    def hints(self, person: Person) -> tuple[str, ...]:
        return (person.id, person.github.login)

    def granted_scope(self, authorization: AuthorizationRequest) -> tuple[str, ...]:
        """Split at spaces, as documented, or at commas, as tolerated."""
        scope = dict.fromkeys(re.split("[ ,]+", authorization.scope))
        return tuple(name for name in scope if name in self.scope_words)

    def token_answer(self, message: TokenRequest) -> TokenResponse:
        """Answer with a token that lasts until it is revoked."""
        if message.grant_type not in ("", "authorization_code"):
            raise TokenRefusedError(Reason.GRANT_TYPE)
        grant = redeem_code(self, message)
        members = {
            "access_token": stage.credentials.issue(Use.ACCESS, grant, prefix="gho_"),
            "scope": ",".join(grant.scope),
            "token_type": "bearer",
        }
        return TokenResponse(200, {**members})

    def token_error(self, reason: Reason) -> TokenResponse:
        response = super().token_error(reason)
        error_uri = _help(TOKEN_HELP, self.token_errors[reason].error)
        return TokenResponse(response.status, {**response.members, "error_uri": error_uri})


def _help(page: str, error: str) -> str:
    return f"https://docs.github.com{page}#{error.replace('_', '-')}"
