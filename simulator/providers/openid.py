"""What Google and a plain OpenID Provider share: ID tokens, claims and discovery."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from simulator.credentials import Grant, Use
from simulator.endpoints.messages import AuthorizationRequest, TokenRequest
from simulator.keys import IdToken, SigningKey, at_hash
from simulator.people import Person
from simulator.providers.base import Objection, Provider
from simulator.providers.exchange import redeem_code, redeem_refresh_token
from simulator.providers.refusals import Reason, TokenRefusedError, TokenResponse
from simulator.stage import stage

ACCESS_TOKEN_LIFETIME = 3600  # seconds
ID_TOKEN_LIFETIME = 3600  # seconds


class OpenIDProvider(Provider):
    """An issuer (OpenID Connect Core §2). Subclasses say which claims they send, and where."""

    signing_key: ClassVar[SigningKey]
    metadata_lifetime: ClassVar[int]  # seconds that discovery and JWKS may be cached
    access_token_prefix: ClassVar[str] = ""
    refresh_token_prefix: ClassVar[str] = ""
    refresh_token_uses: ClassVar[float]

    @property
    def issuer(self) -> str:
        return self.base_url

    @abstractmethod
    def metadata(self) -> dict[str, object]:
        """Return the discovery document (OpenID Connect Discovery §3)."""

    @abstractmethod
    def sub(self, person: Person) -> str: ...

    @abstractmethod
    def claims(self, person: Person, scope: tuple[str, ...]) -> dict[str, Any]:
        """Return the claims about a person that the scope allows (OpenID Connect Core §5.4)."""

    @abstractmethod
    def id_token_claims(self, grant: Grant) -> dict[str, Any]:
        """Return the claims of the ID token beyond those of the protocol."""

    def objections(self, authorization: AuthorizationRequest) -> Iterator[Objection]:
        """Add what OpenID Connect Core §3.1.2.6 and §6 object to."""
        yield from super().objections(authorization)
        if "openid" not in authorization.scope.split():
            yield "invalid_scope", "The scope must contain openid."
        prompts = authorization.prompt.split()
        if "none" in prompts and len(prompts) > 1:
            yield "invalid_request", "prompt=none comes with nothing else."
        if authorization.max_age and not (
            authorization.max_age.isascii() and authorization.max_age.isdigit()
        ):
            yield "invalid_request", "max_age is a number of seconds."
        if authorization.request:
            yield "request_not_supported", "The parameter request is not supported."
        if authorization.request_uri:
            yield "request_uri_not_supported", "The parameter request_uri is not supported."

    def question(self, authorization: AuthorizationRequest) -> str:
        """Put `prompt` and `max_age` into the question (OpenID Connect Core §3.1.2.1)."""
        if authorization.max_age or "login" in authorization.prompt.split():
            return "Please sign in again. Who are you?"
        if "select_account" in authorization.prompt.split():
            return "Which account is it to be?"
        return super().question(authorization)

    def token_answer(self, message: TokenRequest) -> TokenResponse:
        """Answer both grant types (RFC 6749 §4.1.3, §6)."""
        if message.grant_type == "authorization_code":
            grant = redeem_code(self, message)
            return TokenResponse(200, self._token_members(grant) | self._refresh_member(grant))
        if message.grant_type == "refresh_token":
            return self._refreshed(message, redeem_refresh_token(self, message))
        raise TokenRefusedError(Reason.GRANT_TYPE)

    def _refreshed(self, message: TokenRequest, grant: Grant) -> TokenResponse:
        """Issue new tokens; a refresh token that is good for one use gets a successor."""
        if not set(message.scope.split()) <= set(grant.scope):
            raise TokenRefusedError(Reason.SCOPE)
        successor = self._refresh_member(grant) if self.refresh_token_uses == 1 else {}
        return TokenResponse(200, self._token_members(grant) | successor)

    def _token_members(self, grant: Grant) -> dict[str, object]:
        access_token = stage.credentials.issue(
            Use.ACCESS, grant, lifetime=ACCESS_TOKEN_LIFETIME, prefix=self.access_token_prefix
        )
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_LIFETIME,
            "scope": self.scope_as_reported(grant.scope),
            "id_token": self._id_token(grant, access_token),
        }

    def _refresh_member(self, grant: Grant) -> dict[str, object]:
        if not grant.offline:
            return {}
        uses, prefix = self.refresh_token_uses, self.refresh_token_prefix
        return {
            "refresh_token": stage.credentials.issue(Use.REFRESH, grant, uses=uses, prefix=prefix)
        }

    def _id_token(self, grant: Grant, access_token: str) -> str:
        """Sign the ID token, and publish the keys that the misbehaviour of this sign-in adds."""
        token = grant.misbehaviour.id_token(
            IdToken(
                claims=self._protocol_claims(grant, access_token) | self.id_token_claims(grant),
                signer=self.signing_key,
                kid=self.signing_key.kid,
                provider_key=self.signing_key,
                client_secret=self.client_secret,
                earlier_nonce=stage.nonces.swap(self.slug, grant.nonce),
            )
        )
        stage.published_keys.add(self.slug, token.published)
        return token.compact()

    def _protocol_claims(self, grant: Grant, access_token: str) -> dict[str, Any]:
        """Return the claims of every ID token (OpenID Connect Core §2, §3.1.3.6)."""
        now = int(stage.clock.now())
        claims = {
            "iss": self.issuer,
            "sub": self.sub(grant.person),
            "aud": grant.client_id,
            "exp": now + ID_TOKEN_LIFETIME,
            "iat": now,
            "at_hash": at_hash(access_token),
        }
        return claims | ({"nonce": grant.nonce} if grant.nonce else {})

    def scope_as_reported(self, scope: tuple[str, ...]) -> str:
        return " ".join(scope)


def email_claims(person: Person) -> dict[str, Any]:
    """Return both claims as JSON types, or neither (OpenID Connect Core §5.1)."""
    if not person.email:
        return {}
    return {"email": person.email, "email_verified": person.email_verified}


def profile_claims(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "picture": stage.origin + person.picture_path,
    }
