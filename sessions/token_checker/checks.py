"""The checks of a session JWT, in the order of `validate_session_token`."""

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error as DatabaseError

from protocol.jws import InvalidSignatureError, SignedToken
from sessions.models import SigningKey
from sessions.revocation import is_revoked
from sessions.session_tokens import CLOCK_SKEW, REQUIRED, TYPE, is_for_us, is_of_script
from sessions.signing_keys.keyring import LoadedKey, loaded
from web.shown import duration, moment, visible

OK, PROBLEM = "ok", "problem"
UNKNOWN = "unknown"  # it depends on another check, or on a database that does not answer
KID = re.compile(r"[A-Za-z0-9_-]{1,43}")  # what may be looked up
SHOWN_AUDIENCES = 12
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


def ok(name: str, sentence: str, *values: tuple[str, str]) -> Check:
    return Check(name, OK, sentence, values)


def problem(name: str, sentence: str, *values: tuple[str, str]) -> Check:
    return Check(name, PROBLEM, sentence, values)


def unknown(name: str, sentence: str, *values: tuple[str, str]) -> Check:
    return Check(name, UNKNOWN, sentence, values)


def check_typ(typ: object) -> Check:
    values = ("typ", visible(typ)), ("should be", TYPE)
    if is_access_token(typ):
        return ok("typ", "Its type is that of an access token (RFC 9068).")
    sentence = "Its type is another one. An ID token, for example, is not for calling an API."
    return problem("typ", sentence, *values)


def is_access_token(typ: object) -> bool:
    return str(typ).lower() == TYPE


def check_kid(kid: object, key: LoadedKey | None) -> Check:
    if key is not None:
        return ok("kid", "The key that it names is one of ours.", ("kid", key.kid))
    accepted = [("accepted", known) for known in loaded().by_kid]
    return problem("kid", _why_no_key(kid), ("kid", visible(kid)), *accepted)


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
        return unknown("signature", sentence)
    alg = signed.header.get("alg")
    if alg != key.algorithm:
        values = ("alg", visible(alg)), ("should be", key.algorithm)
        return problem("signature", "It names another algorithm than its key is for.", *values)
    try:
        signed.payload(key.public, (key.algorithm,))
    except InvalidSignatureError:
        sentence = "That key did not sign it: it was changed on the way, cut off, or made up."
        return problem("signature", sentence)
    return ok("signature", f"Our key signed it, with {key.algorithm}.")


def check_issuer(iss: object) -> Check:
    if iss == settings.BASE_URL:
        return ok("iss", "This site is the issuer.")
    sentence = "It is of another issuer. Every letter counts, even a slash at the end."
    return problem("iss", sentence, ("iss", visible(iss)), ("should be", settings.BASE_URL))


def check_audience(claims: dict[str, Any]) -> Check:
    aud = claims.get("aud")
    audiences = aud if isinstance(aud, list) else [aud]
    values = [("aud", visible(name)) for name in audiences[:SHOWN_AUDIENCES]]
    if is_for_us(claims):
        of_browser = "It is for this site, and for all that are listed."
        return ok("aud", OF_SCRIPT if is_of_script(claims) else of_browser, *values)
    sentence = "It is not for this site. An app accepts it only under a name that is listed."
    return problem("aud", sentence, *values, ("should have", settings.BASE_URL))


def check_required(claims: dict[str, Any]) -> Check:
    wrong = [name for name, kind in REQUIRED.items() if type(claims.get(name)) is not kind]
    if not wrong:
        return ok("claims", "All required claims are there.")
    sentence = "Claims are missing, or of another type than they should be."
    return problem("claims", sentence, *((name, visible(claims.get(name))) for name in wrong))


def check_times(claims: dict[str, Any], now: float) -> Check:
    iat, exp, nbf = (claims.get(name) for name in ("iat", "exp", "nbf"))
    shown = [(name, moment(claims[name])) for name in ("iat", "nbf", "exp") if name in claims]
    values = *shown, ("now, here", moment(now))
    if type(iat) is not int or type(exp) is not int:
        return unknown("time", "It does not say when it is valid.", *values)
    if "nbf" in claims and type(nbf) not in (int, float):
        return problem("time", "nbf is not a number.", *values)
    if sentence := _wrong_time(iat, exp, nbf or 0, now):
        return problem("time", sentence, *values)
    return ok("time", f"It is valid for another {duration(exp - now)}.", *values)


def _wrong_time(iat: int, exp: int, nbf: float, now: float) -> str:
    if exp <= now:
        return f"It expired {duration(now - exp)} ago."
    if iat > now + CLOCK_SKEW:
        ahead = f"It was issued {duration(iat - now)} from now; {CLOCK_SKEW} seconds are tolerated."
        return f"{ahead} {CLOCKS}"
    if nbf > now:
        return f"It is not valid before {duration(nbf - now)} from now. {CLOCKS}"
    return ""


def check_session(sid: object, signature: Check, now: float) -> Check:
    if signature.status != OK or not isinstance(sid, str):
        return unknown("session", "This is said only of a token that one of our keys has signed.")
    try:
        has_ended = is_revoked(sid, now)
    except DatabaseError:
        return unknown("session", f"Nobody knows whether its session has ended. {DATABASE_GONE}")
    if has_ended:
        return problem(
            "session", "Its session has ended: somebody signed out, or an admin ended it."
        )
    return ok("session", "Its session has not ended.")
