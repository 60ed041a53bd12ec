"""The checks of a session JWT, in the order of `validate_session_token`."""

import re
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError

from protocol.jws import InvalidSignatureError, SignedToken
from sessions.models import SigningKey
from sessions.revocation import is_revoked
from sessions.session_tokens import CLOCK_SKEW, REQUIRED, TYPE, is_for_us, is_of_script
from sessions.signing_keys import LoadedKey, loaded
from sessions.token_checker.finding import Finding, Outcome
from web.shown import duration, moment, visible

KID = re.compile(r"[A-Za-z0-9_-]{1,43}")  # what may be looked up
SHOWN_AUDIENCES = 12
OF_BROWSER = "It is for this site, and for all that are listed."
OF_SCRIPT = (
    "It is a script's, for those that are listed. Here it counts as Authorization: Bearer alone,"
    " and only at /api/session and views that let scripts in: never in a cookie."
)
DATABASE_GONE = "The database does not answer; ask again when it does."


def check_typ(typ: object) -> Finding:
    values = (("typ", visible(typ)), ("should be", TYPE))
    if is_at_jwt(typ):
        return Finding("typ", Outcome.OK, "Its type is that of an access token (RFC 9068).")
    sentence = "Its type is another one. An ID token, for example, is not for calling an API."
    return Finding("typ", Outcome.PROBLEM, sentence, values)


def is_at_jwt(typ: object) -> bool:
    return str(typ).lower() == TYPE


def check_kid(kid: object, key: LoadedKey | None) -> Finding:
    if key is not None:
        sentence = "The key that it names is one of ours."
        return Finding("kid", Outcome.OK, sentence, (("kid", key.kid),))
    values = (("kid", visible(kid)), *(("accepted", known) for known in loaded().by_kid))
    sentences = {
        "": "The key that it names is not one of ours: another issuer's, or another database's.",
        "revoked": "The key that it names has been revoked, and with it every token it signed.",
    }
    try:
        state = _state_of_key(kid)
    except DatabaseError:
        sentence = f"The key that it names is not loaded here. {DATABASE_GONE}"
        return Finding("kid", Outcome.PROBLEM, sentence, values)
    sentence = sentences.get(state, f"The key that it names is not in use any more: {state}.")
    return Finding("kid", Outcome.PROBLEM, sentence, values)


def _state_of_key(kid: object) -> str:
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        return ""
    return SigningKey.objects.filter(kid=kid).values_list("state", flat=True).first() or ""


def check_signature(signed: SignedToken, key: LoadedKey | None) -> Finding:
    if key is None:
        sentence = "It cannot be checked without the key. Anybody may have written this token."
        return Finding("signature", Outcome.UNKNOWN, sentence)
    alg = signed.header.get("alg")
    if alg != key.algorithm:
        values = (("alg", visible(alg)), ("should be", key.algorithm))
        sentence = "It names another algorithm than its key is for."
        return Finding("signature", Outcome.PROBLEM, sentence, values)
    try:
        signed.payload(key.public, (key.algorithm,))
    except InvalidSignatureError:
        sentence = "Its signature is not by that key: changed on the way, cut off, or made up."
        return Finding("signature", Outcome.PROBLEM, sentence)
    return Finding("signature", Outcome.OK, f"Our key made it, with {key.algorithm}.")


def check_issuer(iss: object) -> Finding:
    if iss == settings.BASE_URL:
        return Finding("iss", Outcome.OK, "This site is the issuer.")
    values = (("iss", visible(iss)), ("should be", settings.BASE_URL))
    sentence = "It is of another issuer. Letter by letter, even a slash at the end counts."
    return Finding("iss", Outcome.PROBLEM, sentence, values)


def check_audience(claims: dict[str, Any]) -> Finding:
    aud = claims.get("aud")
    audiences = aud if isinstance(aud, list) else [aud]
    values = tuple(("aud", visible(name)) for name in audiences[:SHOWN_AUDIENCES])
    if is_for_us(claims):
        sentence = OF_SCRIPT if is_of_script(claims) else OF_BROWSER
        return Finding("aud", Outcome.OK, sentence, values)
    sentence = "It is not for this site. An app accepts it only under a name that is listed."
    should = ("should have", settings.BASE_URL)
    return Finding("aud", Outcome.PROBLEM, sentence, (*values, should))


def check_required(claims: dict[str, Any]) -> Finding:
    wrong = [name for name, kind in REQUIRED.items() if type(claims.get(name)) is not kind]
    if not wrong:
        return Finding("claims", Outcome.OK, "All claims are there that have to be.")
    sentence = "Claims are missing, or of another type than they should be."
    values = tuple((name, visible(claims.get(name))) for name in wrong)
    return Finding("claims", Outcome.PROBLEM, sentence, values)


def check_times(claims: dict[str, Any], now: float) -> Finding:
    iat, exp, nbf = (claims.get(name) for name in ("iat", "exp", "nbf"))
    shown = [(name, moment(claims[name])) for name in ("iat", "nbf", "exp") if name in claims]
    values = (*shown, ("now, here", moment(now)))
    if type(iat) is not int or type(exp) is not int:
        return Finding("time", Outcome.UNKNOWN, "It does not say when it is valid.", values)
    if "nbf" in claims and type(nbf) not in (int, float):
        return Finding("time", Outcome.PROBLEM, "nbf is not a number.", values)
    if problem := _wrong_time(iat, exp, nbf or 0, now):
        return Finding("time", Outcome.PROBLEM, problem, values)
    return Finding("time", Outcome.OK, f"It is valid for another {duration(exp - now)}.", values)


def _wrong_time(iat: int, exp: int, nbf: float, now: float) -> str:
    clocks = "Compare the clocks of the machine that issued it and of this one."
    if exp <= now:
        return f"It expired {duration(now - exp)} ago."
    if iat > now + CLOCK_SKEW:
        ahead = f"It was issued {duration(iat - now)} from now; {CLOCK_SKEW} seconds are tolerated."
        return f"{ahead} {clocks}"
    if nbf > now:
        return f"It is not valid before {duration(nbf - now)} from now. {clocks}"
    return ""


def check_session(sid: object, signature: Outcome, now: float) -> Finding:
    if signature != Outcome.OK or not isinstance(sid, str):
        sentence = "Said only of a token that one of our keys has signed."
        return Finding("session", Outcome.UNKNOWN, sentence)
    try:
        ended = is_revoked(sid, now)
    except DatabaseError:
        sentence = f"Whether its session has ended is not known. {DATABASE_GONE}"
        return Finding("session", Outcome.UNKNOWN, sentence)
    if ended:
        sentence = "Its session has ended: somebody signed out, or an admin ended it."
        return Finding("session", Outcome.PROBLEM, sentence)
    return Finding("session", Outcome.OK, "Its session has not been ended.")
