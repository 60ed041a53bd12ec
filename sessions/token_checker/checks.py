"""The checks of a session JWT, in the order of `validate_session_token`."""

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error as DatabaseError

from protocol.jws import InvalidSignatureError, SignedToken
from sessions.models import SigningKey
from sessions.revocation import is_revoked
from sessions.session_tokens import (
    CLOCK_SKEW,
    TYPE,
    audiences_of,
    is_access_token,
    is_for_us,
    is_of_script,
    wrong_claims,
)
from sessions.signing_keys.keyring import LoadedKey, loaded
from web.shown import duration, moment, visible

OK, PROBLEM = "ok", "problem"
UNKNOWN = "unknown"  # it depends on another check, or on a database that does not answer
KID = re.compile(r"[A-Za-z0-9_-]{1,43}")  # what may be looked up
OF_SCRIPT = (
    "It is a script's, for those that are listed. Here it is accepted only as Authorization: Bearer"
    " at /api/session and at views that let scripts in, and never in a cookie."
)
DATABASE_GONE = "The database does not answer: ask again when it does."
CLOCKS = "Compare the clocks of the machine that issued it and of this one."


class Check(NamedTuple):
    """One check: how it went, and the values that help to see why."""

    name: str
    status: str
    sentence: str
    values: tuple[tuple[str, str], ...] = ()


def check_typ(typ: object) -> Check:
    if is_access_token(typ):
        return Check("typ", OK, "Its type is that of an access token (RFC 9068).")
    sentence = "Its type is another one. An ID token, for example, is not for calling an API."
    return Check("typ", PROBLEM, sentence, (("typ", visible(typ)), ("should be", TYPE)))


def check_kid(kid: object, key: LoadedKey | None) -> Check:
    if key is not None:
        return Check("kid", OK, "The key that it names is one of ours.", (("kid", key.kid),))
    accepted = [("accepted", known) for known in loaded().by_kid]
    return Check("kid", PROBLEM, _why_no_key(kid), (("kid", visible(kid)), *accepted))


def _why_no_key(kid: object) -> str:
    """Say why no token with this `kid` is accepted now. This asks the database."""
    try:
        may_be_ours = isinstance(kid, str) and KID.fullmatch(kid)
        key = SigningKey.objects.filter(kid=kid).first() if may_be_ours else None
    except DatabaseError:
        return f"The key that it names is not loaded here. {DATABASE_GONE}"
    if key is None:
        return "The key that it names is not ours: another issuer's, or another database's."
    if key.state == SigningKey.State.REVOKED:
        return "The key that it names has been revoked, and with it every token it signed."
    return f"The key that it names is not in use any more: {key.state}."


def check_signature(signed: SignedToken, key: LoadedKey | None) -> Check:
    if key is None:
        sentence = "It cannot be checked without the key. Anybody may have written this token."
        return Check("signature", UNKNOWN, sentence)
    alg = signed.header.get("alg")
    if alg != key.algorithm:
        values = ("alg", visible(alg)), ("should be", key.algorithm)
        sentence = "It names another algorithm than its key is for."
        return Check("signature", PROBLEM, sentence, values)
    try:
        signed.payload(key.public, (key.algorithm,))
    except InvalidSignatureError:
        sentence = "That key did not sign it: it was changed on the way, cut off, or made up."
        return Check("signature", PROBLEM, sentence)
    return Check("signature", OK, f"Our key signed it, with {key.algorithm}.")


def check_issuer(iss: object) -> Check:
    if iss == settings.BASE_URL:
        return Check("iss", OK, "This site is the issuer.")
    sentence = "It is of another issuer. Every letter counts, even a slash at the end."
    values = ("iss", visible(iss)), ("should be", settings.BASE_URL)
    return Check("iss", PROBLEM, sentence, values)


def check_audience(claims: dict[str, Any]) -> Check:
    values = tuple(("aud", visible(name)) for name in audiences_of(claims)[:12])
    if is_for_us(claims):
        of_browser = "It is for this site, and for all that are listed."
        return Check("aud", OK, OF_SCRIPT if is_of_script(claims) else of_browser, values)
    sentence = "It is not for this site. An app accepts it only under a name that is listed."
    return Check("aud", PROBLEM, sentence, (*values, ("should have", settings.BASE_URL)))


def check_required(claims: dict[str, Any]) -> Check:
    values = tuple((name, visible(claims.get(name))) for name in wrong_claims(claims))
    if not values:
        return Check("claims", OK, "All required claims are there.")
    sentence = "Claims are missing, or of another type than they should be."
    return Check("claims", PROBLEM, sentence, values)


def check_times(claims: dict[str, Any], now: float) -> Check:
    iat, exp, nbf = (claims.get(name) for name in ("iat", "exp", "nbf"))
    shown = [(name, moment(claims[name])) for name in ("iat", "nbf", "exp") if name in claims]
    values = *shown, ("now, here", moment(now))
    if type(iat) is not int or type(exp) is not int:
        return Check("time", UNKNOWN, "It does not say when it is valid.", values)
    if "nbf" in claims and type(nbf) not in (int, float):
        return Check("time", PROBLEM, "nbf is not a number.", values)
    if exp <= now:
        return Check("time", PROBLEM, f"It expired {duration(now - exp)} ago.", values)
    if iat > now + CLOCK_SKEW:
        ahead = f"It was issued {duration(iat - now)} from now; {CLOCK_SKEW} seconds are tolerated."
        return Check("time", PROBLEM, f"{ahead} {CLOCKS}", values)
    if nbf and nbf > now:
        sentence = f"It is not valid before {duration(nbf - now)} from now. {CLOCKS}"
        return Check("time", PROBLEM, sentence, values)
    return Check("time", OK, f"It is valid for another {duration(exp - now)}.", values)


def check_session(sid: object, signature: Check, now: float) -> Check:
    if signature.status != OK or not isinstance(sid, str):
        sentence = "This is said only of a token that one of our keys has signed."
        return Check("session", UNKNOWN, sentence)
    try:
        if is_revoked(sid, now):
            sentence = "Its session has ended: somebody signed out, or an admin ended it."
            return Check("session", PROBLEM, sentence)
    except DatabaseError:
        sentence = f"Nobody knows whether its session has ended. {DATABASE_GONE}"
        return Check("session", UNKNOWN, sentence)
    return Check("session", OK, "Its session has not ended.")
