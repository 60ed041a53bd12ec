"""What is this token, whose is it, and why would it be refused? For somebody who holds one.

The token is not trusted: its content is shown only as its own words. Nothing is said about a
session unless one of our keys has signed the token. Nothing is stored, remembered or logged. The
verdict is that of `validate_session_token`: a test gives the same tokens to both.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from protocol.jws import MAX_LENGTH, InvalidSignatureError, MalformedTokenError, SignedToken, read
from sessions.api.description import explained
from sessions.models import SigningKey
from sessions.refresh_tokens import SHAPE as REFRESH_TOKEN_SHAPE
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
from sessions.signing_keys.keyring import LoadedKey, loaded, verification_key
from web.shown import duration, moment, pretty, visible

HEADER_FIELD = re.compile(r"(authorization:)?\s*bearer\s+", re.IGNORECASE)
OF_ID_TOKENS = ("nonce", "at_hash", "c_hash")  # OpenID Connect Core §2, §3.3.2.11
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


@dataclass(frozen=True)
class Explanation:
    """What the text is, the person it names, and the result of each check."""

    what: str
    whose: str  # by two of name, address and `sub`
    checks: tuple[Check, ...]
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def is_accepted(self) -> bool:
        return all(check.status == OK for check in self.checks)

    @property
    def reason(self) -> str:
        """The first problem, "" where there is none."""
        return next((check.sentence for check in self.checks if check.status == PROBLEM), "")

    @property
    def is_proven(self) -> bool:
        """Tell whether one of our keys has signed what it says."""
        return ("signature", OK) in ((check.name, check.status) for check in self.checks)


@login_not_required  # it costs no more than a refused request, and says no more than the token
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("token")
def token_checker(request: HttpRequest) -> HttpResponse:
    """Ask for a token. Say what a posted one is, whose it is, and why it would be refused."""
    if request.method != "POST":
        return render(request, "token_checker.html")
    explanation = explain(pasted(request.POST.get("token", "")))
    context = {
        "explanation": explanation,
        "header": pretty(explanation.header),
        "claims": explained(explanation.claims),
        "payload": pretty(explanation.claims),
    }
    return render(request, "token_checker.html", context)


def pasted(text: str) -> str:
    """Return the token in what somebody pasted, without white space and the name of a header.

    What is too long for a token stays too long.
    """
    return HEADER_FIELD.sub("", text[: MAX_LENGTH + 100].strip(), count=1)


def explain(token: str, now: float | None = None) -> Explanation:
    """Check a text as a session JWT, and go on after the first problem. Never raises."""
    at = time.time() if now is None else now
    try:
        signed = read(token)
        claims = signed.unverified_payload()
    except MalformedTokenError as error:
        what, sentence = _no_jwt(token, str(error))
        return Explanation(what, "", (Check("form", PROBLEM, sentence),), {}, {})
    known = [visible(claims[name]) for name in ("name", "email", "sub") if claims.get(name)]
    what, all_checks = _kind(signed, claims), tuple(_checks(signed, claims, at))
    return Explanation(what, ", ".join(known[:2]), all_checks, signed.header, claims)


def _checks(signed: SignedToken, claims: dict[str, Any], now: float) -> Iterator[Check]:
    key = verification_key(signed.header.get("kid"))
    signature = _check_signature(signed, key)
    yield Check("form", OK, "It is a signed JWT, and it can be read.")
    yield _check_typ(signed.header.get("typ"))
    yield _check_kid(signed.header.get("kid"), key)
    yield signature
    yield _check_issuer(claims.get("iss"))
    yield _check_audience(claims)
    yield _check_required(claims)
    yield _check_times(claims, now)
    yield _check_session(claims.get("sid"), signature, now)


# The checks, in the order of `validate_session_token`


def _check_typ(typ: object) -> Check:
    if is_access_token(typ):
        return Check("typ", OK, "Its type is that of an access token (RFC 9068).")
    sentence = "Its type is another one. An ID token, for example, is not for calling an API."
    return Check("typ", PROBLEM, sentence, (("typ", visible(typ)), ("should be", TYPE)))


def _check_kid(kid: object, key: LoadedKey | None) -> Check:
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


def _check_signature(signed: SignedToken, key: LoadedKey | None) -> Check:
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


def _check_issuer(iss: object) -> Check:
    if iss == settings.BASE_URL:
        return Check("iss", OK, "This site is the issuer.")
    sentence = "It is of another issuer. Every letter counts, even a slash at the end."
    values = ("iss", visible(iss)), ("should be", settings.BASE_URL)
    return Check("iss", PROBLEM, sentence, values)


def _check_audience(claims: dict[str, Any]) -> Check:
    values = tuple(("aud", visible(name)) for name in audiences_of(claims)[:SHOWN_AUDIENCES])
    if is_for_us(claims):
        of_browser = "It is for this site, and for all that are listed."
        return Check("aud", OK, OF_SCRIPT if is_of_script(claims) else of_browser, values)
    sentence = "It is not for this site. An app accepts it only under a name that is listed."
    return Check("aud", PROBLEM, sentence, (*values, ("should have", settings.BASE_URL)))


def _check_required(claims: dict[str, Any]) -> Check:
    values = tuple((name, visible(claims.get(name))) for name in wrong_claims(claims))
    if not values:
        return Check("claims", OK, "All required claims are there.")
    sentence = "Claims are missing, or of another type than they should be."
    return Check("claims", PROBLEM, sentence, values)


def _check_times(claims: dict[str, Any], now: float) -> Check:
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


def _check_session(sid: object, signature: Check, now: float) -> Check:
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


# What it is


def _no_jwt(token: str, error: str) -> tuple[str, str]:
    """Describe a text that is not a JWT, and say what to do about it."""
    if not token:
        return "Nothing", "There is no token to check."
    if REFRESH_TOKEN_SHAPE.fullmatch(token):
        return "A refresh token of Signet's", (
            "Whoever has it can stay signed in. It goes to POST /api/session/refresh and nowhere "
            "else. If others may have seen it, sign out."
        )
    if any(character.isspace() for character in token):
        return "A text with white space in it", "A token is one line without spaces."
    if token.count(".") == 4:
        return "An encrypted JWT", "It has five parts (RFC 7516). Ours have three and are signed."
    if "." not in token:
        return "A token that only its issuer can read", (
            "It has no parts, so it is no JWT: perhaps the access token of a provider."
        )
    return "No JWT", f"It cannot be read: {error}."


def _kind(signed: SignedToken, claims: dict[str, Any]) -> str:
    is_ours = claims.get("iss") == settings.BASE_URL
    issuer = "this site" if is_ours else visible(claims.get("iss", "an issuer without a name"))
    if is_access_token(signed.header.get("typ")):
        kind = "script's" if is_of_script(claims) else "session"
        return f"A {kind} JWT of this site" if is_ours else f"An access token of {issuer}"
    if any(name in claims for name in OF_ID_TOKENS):
        return f"An ID token of {issuer}, which tells one app who signed in"
    return f"A JWT of {issuer}, of another kind than a session JWT"
