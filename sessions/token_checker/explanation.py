"""Explain a text that may be a token, on a page or in a terminal.

The token is not trusted: its content is shown only as its own words. Nothing is said about a
session unless one of our keys has signed the token. Nothing is stored, remembered or logged. The
verdict is that of `validate_session_token`: a test gives the same tokens to both.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from protocol.jws import MAX_LENGTH, SignedToken, read
from protocol.jws.strict_json import MalformedError
from sessions.api.description import explained
from sessions.counted_tokens import SHAPE as REFRESH_TOKEN_SHAPE
from sessions.session_tokens import is_access_token, is_of_script
from sessions.signing_keys.keyring import verification_key
from sessions.token_checker import checks
from sessions.token_checker.checks import OK, PROBLEM, Check
from web.shown import pretty, visible

HEADER_FIELD = re.compile(r"(authorization:)?\s*bearer\s+", re.IGNORECASE)
OF_ID_TOKENS = ("nonce", "at_hash", "c_hash")  # OpenID Connect Core §2, §3.3.2.11


@dataclass(frozen=True)
class Explanation:
    """What the text is, the person it names, and the result of each check."""

    what: str
    whose: str  # the first two that are known of name, address and `sub`
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


def pasted(text: str) -> str:
    """Return the pasted token, without the name of a header. One that is too long stays so."""
    return HEADER_FIELD.sub("", text[: MAX_LENGTH + 100].strip(), count=1)


def explain(token: str, now: float | None = None) -> Explanation:
    """Check a text as a session JWT, and go on after the first problem. Never raises."""
    at = time.time() if now is None else now
    try:
        signed = read(token)
        claims = signed.unverified_payload()
    except MalformedError as error:
        what, sentence = _no_jwt(token, str(error))
        return Explanation(what, "", (Check("form", PROBLEM, sentence),), {}, {})
    known = [visible(claims[name]) for name in ("name", "email", "sub") if claims.get(name)]
    what, all_checks = _kind(signed, claims), tuple(_checks(signed, claims, at))
    return Explanation(what, ", ".join(known[:2]), all_checks, signed.header, claims)


def _checks(signed: SignedToken, claims: dict[str, Any], now: float) -> Iterator[Check]:
    key = verification_key(signed.header.get("kid"))
    signature = checks.check_signature(signed, key)
    yield Check("form", OK, _("The token is a signed JWT."))
    yield checks.check_typ(signed.header.get("typ"))
    yield checks.check_kid(signed.header.get("kid"), key)
    yield signature
    yield checks.check_issuer(claims.get("iss"))
    yield checks.check_audience(claims)
    yield checks.check_required(claims)
    yield checks.check_times(claims, now)
    yield checks.check_session(claims.get("sid"), signature, now)


def _no_jwt(token: str, error: str) -> tuple[str, str]:
    """Describe a text that is not a JWT, and say what to do about it."""
    if not token:
        return _("No token."), _("Paste a token first.")
    if REFRESH_TOKEN_SHAPE.fullmatch(token):
        return _("A refresh token of this site."), _(
            "Anyone who has it can stay signed in as its owner. Send it only to POST "
            "/api/session/refresh. If others may have seen it, sign out."
        )
    if any(character.isspace() for character in token):
        return _("A text with spaces."), _("A token is one line without spaces.")
    if token.count(".") == 4:
        return _("An encrypted JWT."), _(
            "It has five parts (RFC 7516). A session JWT has three parts and is not encrypted."
        )
    if "." not in token:
        return _("An opaque token."), _(
            "It is not a JWT. It may be an access token from a provider."
        )
    return _("Not a JWT."), _("The token can't be read: {reason}.").format(reason=error)


def _kind(signed: SignedToken, claims: dict[str, Any]) -> str:
    is_ours = claims.get("iss") == settings.BASE_URL
    is_of_api = is_access_token(signed.header.get("typ"))
    if is_ours and is_of_api:
        of_script = _("A script's JWT of this site.")
        return of_script if is_of_script(claims) else _("A session JWT of this site.")
    if is_of_api:
        words = _("An access token from {issuer}.")
    elif any(name in claims for name in OF_ID_TOKENS):
        words = _("An ID token from {issuer}. It tells one app who signed in.")
    else:
        words = _("A JWT from {issuer}, but not a session JWT.")
    issuer = visible(claims["iss"]) if "iss" in claims else _("an unknown issuer")
    return words.format(issuer=issuer)


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
