"""The checks of a session JWT, in the order of `validate_session_token`."""

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from protocol.jws import InvalidSignatureError, SignedToken
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
from sessions.signing_keys.keyring import LoadedKey, Purpose, loaded
from sessions.signing_keys.models import SigningKey
from web.shown import duration, moment, visible

OK, PROBLEM = "ok", "problem"
UNKNOWN = "unknown"  # it depends on another check, or on a database that does not answer
KID = re.compile(r"[A-Za-z0-9_-]{1,43}")  # what may be looked up
OF_SCRIPT = gettext_lazy(
    "The token belongs to a script. The services in this list accept it. This site accepts it only "
    "as Authorization: Bearer, at /api/session and at views for scripts."
)
OF_BROWSER = gettext_lazy("The token is for this site and for every service in this list.")
DATABASE_GONE = gettext_lazy("The database is not available. Try again later.")
CLOCKS = gettext_lazy("Compare the clocks of the issuing server and of this server.")


class Check(NamedTuple):
    """One check: how it went, and the values that help to see why."""

    name: str
    status: str
    sentence: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        return {OK: _("OK"), PROBLEM: _("Problem")}.get(self.status) or _("Unknown")


def check_typ(typ: object) -> Check:
    if is_access_token(typ):
        return Check("typ", OK, _("The token type is correct (RFC 9068)."))
    sentence = _("The token type is wrong. An ID token, for example, can't be used for an API.")
    return Check("typ", PROBLEM, sentence, (("typ", visible(typ)), (_("expected"), TYPE)))


def check_kid(kid: object, key: LoadedKey | None) -> Check:
    if key is not None and key.purpose is Purpose.SESSION:
        return Check("kid", OK, _("The key ID belongs to a key of this site."), (("kid", key.kid),))
    known = [each for each in loaded().by_kid.values() if each.purpose is Purpose.SESSION]
    accepted = [(_("accepted"), each.kid) for each in known]
    of_apps = _("The key signs only ID tokens for apps. No session JWT is signed with it.")
    sentence = _why_no_key(kid) if key is None else of_apps
    return Check("kid", PROBLEM, sentence, (("kid", visible(kid)), *accepted))


def _why_no_key(kid: object) -> str:
    """Say why no token with this `kid` is accepted now. This asks the database."""
    try:
        may_be_ours = isinstance(kid, str) and KID.fullmatch(kid)
        key = SigningKey.objects.filter(kid=kid).first() if may_be_ours else None
    except DatabaseError:
        return _("The key is not loaded here. {advice}").format(advice=DATABASE_GONE)
    if key is None:
        return _("The key is unknown. It belongs to another issuer or another database.")
    if key.state == SigningKey.State.REVOKED:
        return _("The key has been revoked, so every token signed with it is refused.")
    words = _("The key is no longer in use. Its state is: {state}.")
    return words.format(state=key.get_state_display())


def check_signature(signed: SignedToken, key: LoadedKey | None) -> Check:
    if key is None:
        sentence = _("Without the key, nobody can check this. Anyone could have written the token.")
        return Check("signature", UNKNOWN, sentence)
    alg = signed.header.get("alg")
    if alg != key.algorithm:
        values = ("alg", visible(alg)), (_("expected"), key.algorithm)
        sentence = _("The algorithm does not match the key.")
        return Check("signature", PROBLEM, sentence, values)
    try:
        signed.payload(key.public, (key.algorithm,))
    except InvalidSignatureError:
        sentence = _("The signature is wrong. The token was changed, cut off or forged.")
        return Check("signature", PROBLEM, sentence)
    return Check(
        "signature", OK, _("The signature is valid ({algorithm}).").format(algorithm=key.algorithm)
    )


def check_issuer(iss: object) -> Check:
    if iss == settings.BASE_URL:
        return Check("iss", OK, _("The issuer is this site."))
    sentence = _("The issuer is another one. Every character counts, even a slash at the end.")
    values = ("iss", visible(iss)), (_("expected"), settings.BASE_URL)
    return Check("iss", PROBLEM, sentence, values)


def check_audience(claims: dict[str, Any]) -> Check:
    values = tuple(("aud", visible(name)) for name in audiences_of(claims)[:12])
    if is_for_us(claims):
        sentence = str(OF_SCRIPT if is_of_script(claims) else OF_BROWSER)
        return Check("aud", OK, sentence, values)
    sentence = _("The token is not for this site. A service accepts it only if it is in this list.")
    return Check("aud", PROBLEM, sentence, (*values, (_("expected"), settings.BASE_URL)))


def check_required(claims: dict[str, Any]) -> Check:
    values = tuple((name, visible(claims.get(name))) for name in wrong_claims(claims))
    if not values:
        return Check("claims", OK, _("All required claims are present."))
    sentence = _("Claims are missing or have the wrong type.")
    return Check("claims", PROBLEM, sentence, values)


def check_times(claims: dict[str, Any], now: float) -> Check:
    iat, exp, nbf = (claims.get(name) for name in ("iat", "exp", "nbf"))
    shown = [(name, moment(claims[name])) for name in ("iat", "nbf", "exp") if name in claims]
    values = *shown, (_("time on this server"), moment(now))
    if type(iat) is not int or type(exp) is not int:
        return Check("time", UNKNOWN, _("The token does not say when it is valid."), values)
    if "nbf" in claims and type(nbf) not in (int, float):
        return Check("time", PROBLEM, _("nbf is not a number."), values)
    if exp <= now:
        sentence = _("The token expired {time} ago.").format(time=duration(now - exp))
        return Check("time", PROBLEM, sentence, values)
    if iat > now + CLOCK_SKEW:
        words = _(
            "The token was issued {time} in the future. Only {seconds} seconds are tolerated."
        )
        sentence = words.format(time=duration(iat - now), seconds=CLOCK_SKEW)
        return Check("time", PROBLEM, f"{sentence} {CLOCKS}", values)
    if nbf and nbf > now:
        sentence = _("The token becomes valid in {time}.").format(time=duration(nbf - now))
        return Check("time", PROBLEM, f"{sentence} {CLOCKS}", values)
    sentence = _("The token is valid for another {time}.").format(time=duration(exp - now))
    return Check("time", OK, sentence, values)


def check_session(sid: object, signature: Check, now: float) -> Check:
    if signature.status != OK or not isinstance(sid, str):
        sentence = _("This is checked only for tokens with a valid signature.")
        return Check("session", UNKNOWN, sentence)
    try:
        if is_revoked(sid, now):
            sentence = _("The session has ended: the person signed out, or an admin ended it.")
            return Check("session", PROBLEM, sentence)
    except DatabaseError:
        sentence = str(DATABASE_GONE)
        return Check("session", UNKNOWN, sentence)
    return Check("session", OK, _("The session is active."))
