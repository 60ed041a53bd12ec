"""What is this token, whose, and why would it be refused? For somebody who holds one and wonders.

The token is not believed: what it says of itself is shown as that, and of a session nothing is said
unless one of our keys signed for it. Nothing is stored, remembered or logged, and the verdict is
that of `validate_session_token`: a test holds both to the same tokens.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings

from accounts.models import SigningKey
from accounts.revocation import is_revoked
from accounts.session_tokens import CLOCK_SKEW, REQUIRED, TYPE
from accounts.shown import duration, moment, visible
from accounts.signing_keys import LoadedKey, loaded, verification_key
from jws import MAX_LENGTH, InvalidSignatureError, MalformedTokenError, SignedToken, read

REFRESH_TOKEN = re.compile(r"[0-9a-f-]{36}\.[0-9]+\.[A-Za-z0-9_-]{43}")
HEADER_FIELD = re.compile(r"(authorization:)?\s*bearer\s+", re.IGNORECASE)
KID = re.compile(r"[A-Za-z0-9_-]{1,43}")  # what may be looked up
SHOWN_AUDIENCES = 12
OF_ID_TOKENS = ("nonce", "at_hash", "c_hash")  # OpenID Connect Core §2, §3.3.2.11


class Outcome(StrEnum):
    """How a check went. Something stays unknown only where another check is a problem."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One check, what it found, and the values that help to see why."""

    check: str
    outcome: Outcome
    sentence: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Explanation:
    """All that can be said of a text that may be a token."""

    what: str
    whose: str
    findings: tuple[Finding, ...]
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def is_accepted(self) -> bool:
        return all(finding.outcome == Outcome.OK for finding in self.findings)

    @property
    def reason(self) -> str:
        """The first problem, "" where there is none."""
        problems = (each for each in self.findings if each.outcome == Outcome.PROBLEM)
        return next((finding.sentence for finding in problems), "")

    @property
    def is_proven(self) -> bool:
        """Tell whether one of our keys signed for what it says."""
        return _went(self.findings, "signature") == Outcome.OK


def pasted(text: str) -> str:
    """Return the token in what somebody pasted: without the field name around it and white space.

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
        return _unreadable(token, str(error))
    findings = tuple(_findings(signed, claims, at))
    return Explanation(
        _what(signed.header, claims), _whose(claims), findings, signed.header, claims
    )


def _findings(signed: SignedToken, claims: dict[str, Any], now: float) -> Iterator[Finding]:
    key = verification_key(signed.header.get("kid"))
    signature = _signature(signed, key)
    yield Finding("form", Outcome.OK, "It is a signed JWT, and it can be read.")
    yield _typ(signed.header.get("typ"))
    yield _kid(signed.header.get("kid"), key)
    yield signature
    yield _issuer(claims.get("iss"))
    yield _audience(claims.get("aud"))
    yield _required(claims)
    yield _times(claims, now)
    yield _session(claims.get("sid"), signature.outcome, now)


# What it is


def _unreadable(token: str, error: str) -> Explanation:
    what, sentence = _what_else(token, error)
    return Explanation(what, "", (Finding("form", Outcome.PROBLEM, sentence),), {}, {})


def _what_else(token: str, error: str) -> tuple[str, str]:
    """Return what a text is that is no JWT, and what to do about it."""
    if not token:
        return "Nothing", "There is no token to check."
    if REFRESH_TOKEN.fullmatch(token):
        return "A refresh token of Signet's", (
            "Whoever has it can stay signed in. It goes to POST /api/session/refresh and nowhere "
            "else; if others may have seen it, sign out."
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


def _what(header: dict[str, Any], claims: dict[str, Any]) -> str:
    is_ours = claims.get("iss") == settings.BASE_URL
    issuer = "this site" if is_ours else visible(claims.get("iss", "an issuer without a name"))
    if _is_at_jwt(header.get("typ")):
        return "A session JWT of this site" if is_ours else f"An access token of {issuer}"
    if any(name in claims for name in OF_ID_TOKENS):
        return f"An ID token of {issuer}, which tells one app who signed in"
    return f"A JWT of {issuer}, of another kind than a session JWT"


def _whose(claims: dict[str, Any]) -> str:
    """Return whom it names, as it names them."""
    known = [visible(claims[name]) for name in ("name", "email", "sub") if claims.get(name)]
    return ", ".join(known[:2])


# The checks, in the order of `validate_session_token`


def _typ(typ: object) -> Finding:
    values = (("typ", visible(typ)), ("should be", TYPE))
    if _is_at_jwt(typ):
        return Finding("typ", Outcome.OK, "Its type is that of an access token (RFC 9068).")
    sentence = "Its type is another one. An ID token, for example, is not for calling an API."
    return Finding("typ", Outcome.PROBLEM, sentence, values)


def _is_at_jwt(typ: object) -> bool:
    return str(typ).lower() == TYPE


def _kid(kid: object, key: LoadedKey | None) -> Finding:
    if key is not None:
        sentence = "The key that it names is one of ours."
        return Finding("kid", Outcome.OK, sentence, (("kid", key.kid),))
    values = (("kid", visible(kid)), *(("accepted", known) for known in loaded().by_kid))
    sentences = {
        "": "The key that it names is not one of ours: another issuer's, or another database's.",
        "revoked": "The key that it names has been revoked, and with it every token it signed.",
    }
    state = _state_of_key(kid)
    sentence = sentences.get(state, f"The key that it names is not in use any more: {state}.")
    return Finding("kid", Outcome.PROBLEM, sentence, values)


def _state_of_key(kid: object) -> str:
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        return ""
    return SigningKey.objects.filter(kid=kid).values_list("state", flat=True).first() or ""


def _signature(signed: SignedToken, key: LoadedKey | None) -> Finding:
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


def _issuer(iss: object) -> Finding:
    if iss == settings.BASE_URL:
        return Finding("iss", Outcome.OK, "This site is the issuer.")
    values = (("iss", visible(iss)), ("should be", settings.BASE_URL))
    sentence = "It is of another issuer. Letter by letter, even a slash at the end counts."
    return Finding("iss", Outcome.PROBLEM, sentence, values)


def _audience(aud: object) -> Finding:
    audiences = aud if isinstance(aud, list) else [aud]
    values = tuple(("aud", visible(name)) for name in audiences[:SHOWN_AUDIENCES])
    if settings.BASE_URL in audiences:
        return Finding(
            "aud", Outcome.OK, "It is for this site, and for all that are listed.", values
        )
    sentence = "It is not for this site. An app accepts it only under a name that is listed."
    should = ("should have", settings.BASE_URL)
    return Finding("aud", Outcome.PROBLEM, sentence, (*values, should))


def _required(claims: dict[str, Any]) -> Finding:
    wrong = [name for name, kind in REQUIRED.items() if type(claims.get(name)) is not kind]
    if not wrong:
        return Finding("claims", Outcome.OK, "All claims are there that have to be.")
    sentence = "Claims are missing, or of another type than they should be."
    values = tuple((name, visible(claims.get(name))) for name in wrong)
    return Finding("claims", Outcome.PROBLEM, sentence, values)


def _times(claims: dict[str, Any], now: float) -> Finding:
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


def _session(sid: object, signature: Outcome, now: float) -> Finding:
    if signature != Outcome.OK or not isinstance(sid, str):
        sentence = "Said only of a token that one of our keys has signed."
        return Finding("session", Outcome.UNKNOWN, sentence)
    if is_revoked(sid, now):
        sentence = "Its session has ended: somebody signed out, or an admin ended it."
        return Finding("session", Outcome.PROBLEM, sentence)
    return Finding("session", Outcome.OK, "Its session has not been ended.")


def _went(findings: tuple[Finding, ...], check: str) -> Outcome | None:
    return next((finding.outcome for finding in findings if finding.check == check), None)
