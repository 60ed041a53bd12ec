"""Why a form was refused: what Django's check against forged forms tells apart, and what helps.

Each fault has one entry, for the visitor and for the admin. Several are up to the site: to its
BASE_URL, or to a proxy that changes what the browser has sent.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.middleware import csrf

COOKIE, ORIGIN = "CSRF cookie ", csrf.REASON_BAD_ORIGIN.partition("%")[0]
NULL = "null"  # the Origin of a page that hides its own (RFC 6454 §7.3)
OTHER_REFERRER = csrf.REASON_BAD_REFERER.partition("%")[0]


class FormFault(StrEnum):
    """What was wrong with a form. Never renamed: counts keep them."""

    COOKIES_MISSING = "form_cookies_missing"
    COOKIE_UNREADABLE = "form_cookie_unreadable"
    TOKEN_MISSING = "form_token_missing"  # noqa: S105
    TOKEN_STALE = "form_token_stale"  # noqa: S105
    ORIGIN_NULL = "form_origin_null"
    REFERRER_MISSING = "form_referrer_missing"
    REFERRER_UNREADABLE = "form_referrer_unreadable"
    FROM_PLAIN_HTTP = "form_from_plain_http"
    FROM_OTHER_ADDRESS = "form_from_other_address"
    FROM_OTHER_SITE = "form_from_other_site"


@dataclass(frozen=True)
class FormAdvice:
    """What the visitor reads, and what the admin does. `{site}` is BASE_URL."""

    sentence: str
    cause: str
    fix: str
    is_elsewhere: bool = False  # at this address, the same form would be refused again


# What Django says in the same words each time; the other reasons are told by how they begin.
BY_REASON = {
    csrf.REASON_CSRF_TOKEN_MISSING: FormFault.TOKEN_MISSING,
    csrf.REASON_NO_REFERER: FormFault.REFERRER_MISSING,
    csrf.REASON_MALFORMED_REFERER: FormFault.REFERRER_UNREADABLE,
}
ADVICE = {
    FormFault.COOKIES_MISSING: FormAdvice(
        "Your browser sent no cookies. Please allow them for this site, and try again.",
        "No cookie came with the form: the browser blocks them, or a proxy drops them.",
        "For one visitor: allow cookies for {site}. For many: let the proxy pass Cookie and "
        "Set-Cookie on, and keep no page in a cache.",
    ),
    FormFault.COOKIE_UNREADABLE: FormAdvice(
        "A cookie of this site was damaged, and has been replaced. Please try again.",
        "The cookie that belongs to the form was not one that Signet sets.",
        "If it stays, find the other application at this host that sets a cookie of the same name.",
    ),
    FormFault.TOKEN_MISSING: FormAdvice(
        "The form did not arrive whole. Please try again.",
        "The form had no token: a program or another site sent it, or something changed it on the "
        "way.",
        "Let programs use /api/. If visitors meet it, see that no proxy or filter changes forms.",
    ),
    FormFault.TOKEN_STALE: FormAdvice(
        "This page was open too long. Please try again.",
        "The page was older than its cookie: it was open in a tab while the visitor signed in or "
        "out in another, or it came out of a cache.",
        "If it happens rarely, do nothing. If often, let no proxy keep pages in a cache.",
    ),
    FormFault.ORIGIN_NULL: FormAdvice(
        "Your browser hid which page the form came from. Please open this site in a tab of its "
        "own, without extensions that hide it, and try again.",
        "The browser sent Origin: null. The page had Referrer-Policy: no-referrer, was in a frame "
        "of another page, or was a saved file.",
        "Let no proxy set Referrer-Policy; Signet sends same-origin. Show Signet in no frame.",
    ),
    FormFault.REFERRER_MISSING: FormAdvice(
        "Your browser did not say which page the form came from. Please switch off what hides it, "
        "and try again.",
        "Neither Origin nor Referer came, and https needs one of them: an extension or a proxy "
        "removes them, or a program sent the form.",
        "Let the proxy pass Origin and Referer on. Let programs use /api/.",
    ),
    FormFault.REFERRER_UNREADABLE: FormAdvice(
        "Your browser sent something unreadable about the page the form was on. Please try again.",
        "The header Referer was not an address: something on the way changes it.",
        "Let the proxy pass Origin and Referer on as they are.",
    ),
    FormFault.FROM_PLAIN_HTTP: FormAdvice(
        "You came by http, and this site uses https. Please go on there.",
        "The page was opened by http, and BASE_URL is {site}.",
        "Let the proxy redirect every address from http to https.",
        is_elsewhere=True,
    ),
    FormFault.FROM_OTHER_ADDRESS: FormAdvice(
        "You opened this site at another address than its own. Please go on at its own.",
        "The visitor is at another address than BASE_URL, which is {site}: another name or port.",
        "Set BASE_URL to what visitors see as the address; or let the proxy redirect other names "
        "to it, and pass the header Host on as it is.",
        is_elsewhere=True,
    ),
    FormFault.FROM_OTHER_SITE: FormAdvice(
        "That form was on a page of another site. Please begin here.",
        "A page of another site has sent a form here: by mistake, or to attack a visitor.",
        "Do nothing: it was refused. If the page is yours, let it link to {site}/sign-in/ instead.",
    ),
}


def form_advice(fault: str) -> FormAdvice:
    """Return the entry of a fault, with this site's address in its words."""
    advice, site = ADVICE[FormFault(fault)], settings.BASE_URL
    return replace(advice, cause=advice.cause.format(site=site), fix=advice.fix.format(site=site))


def fault_of(reason: str, request: HttpRequest) -> FormFault:
    """Return what is wrong, by the reason of `django.middleware.csrf` and what the browser says."""
    if reason in BY_REASON:
        return BY_REASON[reason]
    if reason == csrf.REASON_NO_CSRF_COOKIE:  # of other cookies, it was the one that ran out
        return FormFault.TOKEN_STALE if request.COOKIES else FormFault.COOKIES_MISSING
    if reason.startswith(COOKIE):
        return FormFault.COOKIE_UNREADABLE
    if reason.startswith((ORIGIN, OTHER_REFERRER)) or reason == csrf.REASON_INSECURE_REFERER:
        return _by_origin(request)
    return FormFault.TOKEN_STALE


def origin_of(request: HttpRequest) -> str:
    """Return the origin of the page that a form was on, "" where the browser does not say."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    if origin == NULL:
        return NULL
    try:
        page = urlsplit(origin)
    except ValueError:
        return ""
    return f"{page.scheme}://{page.netloc.rpartition('@')[2]}" if page.netloc else ""


def _by_origin(request: HttpRequest) -> FormFault:
    origin = origin_of(request)
    if origin == NULL:
        return FormFault.ORIGIN_NULL
    is_same_name = _name(origin) == _name(settings.BASE_URL)
    if settings.IS_HTTPS and origin.startswith("http://") and is_same_name:
        return FormFault.FROM_PLAIN_HTTP
    is_ours = _is_of_this_site(request, _name(origin))
    return FormFault.FROM_OTHER_ADDRESS if is_ours else FormFault.FROM_OTHER_SITE


def _is_of_this_site(request: HttpRequest, name: str) -> bool:
    """Tell whether a page of Signet sent the form, at whatever address its visitor sees it.

    The browser says so (w3.org/TR/fetch-metadata); where it does not, names of the host count.
    """
    if "Sec-Fetch-Site" in request.headers:
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    hosts = [request.headers.get(each, "") for each in ("Host", "X-Forwarded-Host")]
    names = {_name(settings.BASE_URL), *(_name(f"//{host}") for host in hosts)}
    return name in names - {""}


def _name(origin: str) -> str:
    """Return the name of the host alone, without a port."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""
