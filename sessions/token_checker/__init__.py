"""What is this token, whose, and why would it be refused? For somebody who holds one and wonders.

The token is not believed: what it says of itself is shown as that, and of a session nothing is said
unless one of our keys signed for it. Nothing is stored, remembered or logged, and the verdict is
that of `validate_session_token`: a test holds both to the same tokens.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from protocol.jws import MAX_LENGTH, MalformedTokenError, SignedToken, read
from sessions.signing_keys import verification_key
from sessions.token_checker import checks
from sessions.token_checker.finding import Finding, Outcome
from sessions.token_checker.recognition import what, what_else, whose

__all__ = ["Explanation", "Finding", "Outcome", "explain", "pasted"]
HEADER_FIELD = re.compile(r"(authorization:)?\s*bearer\s+", re.IGNORECASE)


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
        return self._outcome_of("signature") == Outcome.OK

    def _outcome_of(self, check: str) -> Outcome | None:
        return next((each.outcome for each in self.findings if each.check == check), None)


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
    return Explanation(what(signed.header, claims), whose(claims), findings, signed.header, claims)


def _unreadable(token: str, error: str) -> Explanation:
    name, sentence = what_else(token, error)
    return Explanation(name, "", (Finding("form", Outcome.PROBLEM, sentence),), {}, {})


def _findings(signed: SignedToken, claims: dict[str, Any], now: float) -> Iterator[Finding]:
    key = verification_key(signed.header.get("kid"))
    signature = checks.check_signature(signed, key)
    yield Finding("form", Outcome.OK, "It is a signed JWT, and it can be read.")
    yield checks.check_typ(signed.header.get("typ"))
    yield checks.check_kid(signed.header.get("kid"), key)
    yield signature
    yield checks.check_issuer(claims.get("iss"))
    yield checks.check_audience(claims)
    yield checks.check_required(claims)
    yield checks.check_times(claims, now)
    yield checks.check_session(claims.get("sid"), signature.outcome, now)
