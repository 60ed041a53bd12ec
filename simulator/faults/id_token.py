"""ID tokens that are missing, say something wrong or have a wrong signature."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.faults.fault import SIGNED_IN, Fault, always, by_provider, with_openid
from simulator.faults.misbehaviour import Misbehaviour
from simulator.faults.replies import with_member, without_member
from simulator.keys import IdToken, NoKey, SharedSecret

HOUR = 3600  # seconds
Claims = dict[str, Any]


def claims(rewrite: Callable[[IdToken], Claims]) -> Misbehaviour:
    """Change some claims of the ID token; None removes a claim."""

    def rewritten(token: IdToken) -> IdToken:
        changed = token.claims | rewrite(token)
        kept = {name: value for name, value in changed.items() if value is not None}
        return replace(token, claims=kept)

    return Misbehaviour(id_token=rewritten)


def says(name: str, title: str, explanation: str, outcome: str, **changes: object) -> Fault:
    rewrite = always(claims(lambda _token: changes))
    return Fault(name, title, explanation, with_openid(outcome), rewrite)


def shifted(**seconds: int) -> Misbehaviour:
    """Set times of the ID token, each in seconds from when it is issued."""
    return claims(lambda token: {k: token.claims["iat"] + by for k, by in seconds.items()})


def signed_by_another_key(token: IdToken) -> IdToken:
    return replace(token, signer=token.provider_key.another())


def signed_with_the_client_secret(token: IdToken) -> IdToken:
    return replace(token, signer=SharedSecret(token.client_secret.encode()))


def not_signed(token: IdToken) -> IdToken:
    return replace(token, signer=NoKey())


FAULTS = (
    Fault(
        "no_id_token",
        "No ID token",
        "The token endpoint responds as in plain OAuth 2.0.",
        with_openid("id_token_missing"),
        always(Misbehaviour(token_answer=without_member("id_token"))),
    ),
    Fault(
        "garbled_id_token",
        "Garbled ID token",
        "The ID token is not a JWT.",
        with_openid("id_token_malformed"),
        always(Misbehaviour(token_answer=with_member("id_token", "one.two"))),
    ),
    says(
        "other_nonce",
        "Another nonce",
        "The nonce is not the one that was sent.",
        "nonce_mismatch",
        nonce="another",
    ),
    says("no_nonce", "No nonce", "The nonce is missing.", "nonce_mismatch", nonce=None),
    Fault(
        "replayed_nonce",
        "Replayed nonce",
        "The ID token has the nonce of the previous sign-in at this provider, or an empty one.",
        with_openid("nonce_mismatch"),
        always(claims(lambda token: {"nonce": token.earlier_nonce})),
    ),
    Fault(
        "bad_signature",
        "Bad signature",
        "Another key has signed, under the kid of the published key.",
        with_openid("signature_invalid"),
        always(Misbehaviour(id_token=signed_by_another_key)),
    ),
    Fault(
        "alg_none",
        "alg: none",
        "The ID token is not signed, and says so.",
        with_openid("signature_invalid"),
        always(Misbehaviour(id_token=not_signed)),
    ),
    Fault(
        "client_secret_as_key",
        "HS256 with the client secret",
        "Anybody who knows the client secret could have signed the ID token.",
        with_openid("signature_invalid"),
        always(Misbehaviour(id_token=signed_with_the_client_secret)),
    ),
    says(
        "other_audience",
        "aud is another client",
        "The ID token was issued for somebody else's client ID.",
        "audience_mismatch",
        aud="another-client",
        azp=None,
    ),
    Fault(
        "audiences_without_azp",
        "Several audiences, no azp",
        "aud names this client and another, and azp is missing. Many servers do this.",
        with_openid(SIGNED_IN),
        always(claims(lambda token: {"aud": [token.claims["aud"], "another-client"], "azp": None})),
    ),
    says(
        "other_azp",
        "azp is another client",
        "The ID token was issued to somebody else's client ID.",
        "audience_mismatch",
        azp="another-client",
    ),
    says(
        "other_issuer_in_id_token",
        "Another issuer in the ID token",
        "iss is not the issuer of this provider.",
        "issuer_mismatch",
        iss="https://issuer.example",
    ),
    Fault(
        "expired_id_token",
        "Expired ID token",
        "It was issued two hours ago and expired an hour ago.",
        with_openid("id_token_expired"),
        always(shifted(iat=-2 * HOUR, exp=-HOUR)),
    ),
    Fault(
        "future_iat",
        "Issued in the future",
        "iat is an hour ahead: one of the two clocks is wrong.",
        with_openid("clock_skew"),
        always(shifted(iat=HOUR, exp=2 * HOUR)),
    ),
    Fault(
        "future_nbf",
        "Not valid yet",
        "nbf is an hour ahead.",
        with_openid("clock_skew"),
        always(shifted(nbf=HOUR)),
    ),
    says(
        "other_at_hash",
        "Wrong at_hash",
        "It is the hash of another access token.",
        "at_hash_mismatch",
        at_hash="LDktKdoQak3Pk0cnXxCltA",
    ),
    Fault(
        "not_asked_again",
        "Not asked again",
        "auth_time is an hour ago, as if the provider had asked nobody. If the visitor has to sign "
        "in again, the sign-in fails with not_asked_again.",
        by_provider(demo=SIGNED_IN),
        always(shifted(auth_time=-HOUR)),
    ),
    Fault(
        "no_auth_time",
        "No auth_time",
        "A request with max_age must get auth_time. If the visitor has to sign in again, the "
        "sign-in fails with not_asked_again.",
        by_provider(demo=SIGNED_IN),
        always(claims(lambda _token: {"auth_time": None})),
    ),
)
