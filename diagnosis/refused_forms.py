"""Why a form was refused: what Django's check against forged forms tells apart.

Each fault has its entry in the group `form` of `failures.toml`, as a failed sign-in has one.
Several are up to the site: to its BASE_URL, or to a proxy that changes what the browser has sent.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.middleware import csrf

from diagnosis.entries import DIAGNOSES, Advice

COOKIE, ORIGIN = "CSRF cookie ", csrf.REASON_BAD_ORIGIN.partition("%")[0]
NULL = "null"  # the Origin of a page that hides its own (RFC 6454 §7.3)
OTHER_REFERRER = csrf.REASON_BAD_REFERER.partition("%")[0]
FAULTS = frozenset(code for code, entry in DIAGNOSES.items() if entry.group == "form")
# What Django says in the same words each time; the other reasons are told by how they begin.
BY_REASON = {
    csrf.REASON_CSRF_TOKEN_MISSING: "form_token_missing",
    csrf.REASON_NO_REFERER: "form_referrer_missing",
    csrf.REASON_MALFORMED_REFERER: "form_referrer_unreadable",
}


def form_advice(fault: str) -> Advice:
    """Return cause and fix of a fault, with this site's address in them."""
    return DIAGNOSES[fault].advice.filled({"site": settings.BASE_URL})


def fault_of(reason: str, request: HttpRequest) -> str:
    """Return the code of the fault, by Django's reason and by what the browser says."""
    if reason in BY_REASON:
        return BY_REASON[reason]
    if reason == csrf.REASON_NO_CSRF_COOKIE:  # of other cookies, it was the one that ran out
        return "form_token_stale" if request.COOKIES else "form_cookies_missing"
    if reason.startswith(COOKIE):
        return "form_cookie_unreadable"
    if reason.startswith((ORIGIN, OTHER_REFERRER)) or reason == csrf.REASON_INSECURE_REFERER:
        return _by_origin(request)
    return "form_token_stale"


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


def _by_origin(request: HttpRequest) -> str:
    origin = origin_of(request)
    if origin == NULL:
        return "form_origin_null"
    is_same_name = _name(origin) == _name(settings.BASE_URL)
    if settings.IS_HTTPS and origin.startswith("http://") and is_same_name:
        return "form_from_plain_http"
    is_ours = _is_of_this_site(request, _name(origin))
    return "form_from_other_address" if is_ours else "form_from_other_site"


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
