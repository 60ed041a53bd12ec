"""Check what was entered for an app before it is saved, and clean what was pasted."""

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from protocol.authorization_server.authorization_request import Pkce
from protocol.authorization_server.metadata import SCOPES
from protocol.authorization_server.redirect_uris import VISIBLE, origin_of, problem_of
from protocol.authorization_server.resources import RESOURCE
from protocol.jwks import usable_keys
from providers.form_checks import pasted
from sessions import groups
from web.shown import clean_name

if TYPE_CHECKING:
    from oidc_provider.models import App

MOST = 50  # entries of one list
# The members of a public key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). No other is stored.
OF_PUBLIC_KEY = ("kty", "kid", "use", "alg", "crv", "x", "y", "n", "e")
PRIVATE_MEMBERS = {"d", "k"}  # RFC 7518 §6.2.2, §6.3.2, §6.4.1
# What is wrong with a redirect URI, by the codes of `protocol.authorization_server.redirect_uris`
OF_REDIRECT_URI: dict[str, str] = {
    "characters": gettext_noop(
        "{uri}: write it in ASCII, without spaces or backslashes. Encode other characters as the "
        "app does."
    ),
    "unreadable": gettext_noop("{uri} is not a URI. Copy it from the app again."),
    "fragment": gettext_noop("{uri}: remove the part after #, which no redirect URI may have."),
    "wildcard": gettext_noop(
        "{uri}: Signet compares redirect URIs letter by letter, so * stands for itself. Enter each "
        "address on its own line."
    ),
    "userinfo": gettext_noop("{uri}: remove the name before the @."),
    "host": gettext_noop("{uri}: the host is missing. Begin with https:// and the app's address."),
    "http": gettext_noop(
        "{uri}: use https. Over http anybody on the way could read the code. Only 127.0.0.1, [::1] "
        "and localhost may use http."
    ),
    "scheme": gettext_noop(
        "{uri}: use https, or a scheme of the app's own that contains a dot, such as "
        "com.example.app:/callback."
    ),
}


def clean(app: "App") -> None:
    """Tidy what was entered. Raises `ValidationError`, by field, for what could not work."""
    app.name, app.launch_url = clean_name(app.name), pasted(app.launch_url)
    checks: dict[str, Callable[[App], object]] = {
        "launch_url": _check_address,
        "redirect_uris": _check_redirect_uris,
        "post_logout_redirect_uris": _check_post_logout_redirect_uris,
        "pkce": _check_pkce,
        "scopes": _check_scopes,
        "audiences": _check_audiences,
        "jwks": _check_keys,
        "groups": _check_groups,
    }
    problems: dict[str, ValidationError] = {}
    for name, check in checks.items():
        try:
            check(app)
        except ValidationError as error:
            problems[name] = error
    if problems:
        raise ValidationError(problems)
    if not app.takes_secret:
        app.secret_digest = app.next_secret_digest = ""


def problem_of_redirect_uri(uri: str, schemes: Iterable[str]) -> str:
    """Say what is wrong with a redirect URI, "" if it may be registered."""
    code = problem_of(uri, tuple(schemes))
    return _(OF_REDIRECT_URI[code]).format(uri=uri) if code else ""


def problem_of_audience(uri: str) -> str:
    """Say why an app may not request access tokens for this resource (RFC 8707 §2), "" if it may.

    A session JWT and an access token of an app are of one type. So they never share an audience:
    whoever accepts the one would accept the other.
    """
    if not RESOURCE.fullmatch(uri):
        words = _("{uri}: enter an absolute URI without #, such as https://api.example.com/.")
    elif accepts_session_jwts(uri):
        words = _("{uri} accepts session JWTs, so it can't accept tokens of apps, too.")
    else:
        return ""
    return words.format(uri=uri)


def accepts_session_jwts(uri: str) -> bool:
    return uri in settings.SESSION_AUDIENCE or _is_ours(uri)


def _is_ours(uri: str) -> bool:
    try:
        return origin_of(uri) == origin_of(settings.BASE_URL)
    except ValueError:  # of a port that is no number
        return uri.startswith(settings.BASE_URL)


def _check_address(app: "App") -> None:
    if _has_wrong_address(app):
        raise ValidationError(_("Enter the address as in a browser, beginning with https://."))


def _has_wrong_address(app: "App") -> bool:
    return bool(app.launch_url) and not is_web_address(app.launch_url)


def is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - is read here for its error
    except ValueError:
        return False
    is_plain = bool(VISIBLE.fullmatch(address)) and "@" not in parts.netloc
    return is_plain and parts.scheme in ("https", "http") and bool(parts.hostname)


def _check_redirect_uris(app: "App") -> None:
    app.redirect_uris = _texts(app.redirect_uris)
    if not app.redirect_uris and _has_wrong_address(app):
        return  # they would follow from it
    if not app.redirect_uris:
        raise ValidationError(_("Enter at least one redirect URI."))
    _refuse(problem_of_redirect_uri(uri, app.catalogued.schemes) for uri in app.redirect_uris)


def _check_post_logout_redirect_uris(app: "App") -> None:
    app.post_logout_redirect_uris = _texts(app.post_logout_redirect_uris)
    uris, schemes = app.post_logout_redirect_uris, app.catalogued.schemes
    _refuse(problem_of_redirect_uri(uri, schemes) for uri in uris)


def _check_pkce(app: "App") -> None:
    if app.is_public and app.pkce != Pkce.REQUIRED:
        raise ValidationError(_("An app without a secret always needs PKCE."))


def _check_scopes(app: "App") -> None:
    app.scopes = [scope for scope in SCOPES if scope in {"openid", *_texts(app.scopes)}]


def _check_audiences(app: "App") -> None:
    app.audiences = _texts(app.audiences)
    _refuse(problem_of_audience(uri) for uri in app.audiences)


def _check_keys(app: "App") -> None:
    """Keep what verifies an assertion (RFC 7523 §3), and refuse a set without any such key."""
    listed = app.jwks.get("keys") if isinstance(app.jwks, dict) else None
    entries = (
        [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    )
    if any(PRIVATE_MEMBERS & {*entry} for entry in entries):
        raise ValidationError(
            _("This is a private or secret key. Enter the public one, and replace this key.")
        )
    app.jwks = {"keys": [_public_part(entry) for entry in entries[:MOST]]} if entries else {}
    if app.authentication == "private_key_jwt" and not usable_keys(app.jwks):
        raise ValidationError(
            _('Enter a JWK Set, {"keys": [...]}, with a public RSA, EC or Ed25519 key for signing.')
        )


def _public_part(entry: dict[str, Any]) -> dict[str, str]:
    texts = {name: entry[name] for name in OF_PUBLIC_KEY if isinstance(entry.get(name), str)}
    return {name: text for name, text in texts.items() if text.isprintable()}


def _check_groups(app: "App") -> None:
    app.groups = sorted(_texts(app.groups))
    if not all(map(groups.GROUP.fullmatch, app.groups)):
        raise ValidationError(str(groups.FORM))


def _texts(listed: Any) -> list[str]:
    """Return the entries of a list, each once."""
    texts = [pasted(each) for each in listed if isinstance(each, str)]
    found = list(dict.fromkeys(filter(None, texts)))
    refuse_too_many(found)
    return found


def refuse_too_many(entries: Collection[str]) -> None:
    """Raise `ValidationError` for more entries than a list of an app may have."""
    if len(entries) > MOST:
        raise ValidationError(_("Enter at most {number} of them.").format(number=MOST))


def _refuse(problems: Iterable[str]) -> None:
    if found := [problem for problem in problems if problem]:
        raise ValidationError(found)
