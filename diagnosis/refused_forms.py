"""Why did Django's check against forged forms refuse a form?

Each fault has an entry in the group `form` of `failures.toml`. Several are faults of the site: of
its BASE_URL, or of a proxy that changes what the browser has sent.
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
# Django's reasons that are always the same text. The others are known by their beginning.
BY_REASON = {
    csrf.REASON_CSRF_TOKEN_MISSING: "form_token_missing",
    csrf.REASON_NO_REFERER: "form_referrer_missing",
    csrf.REASON_MALFORMED_REFERER: "form_referrer_unreadable",
}


def form_advice(fault: str) -> Advice:
    """Return cause and fix of a fault, with the address of this site."""
    return DIAGNOSES[fault].advice.filled({"site": settings.BASE_URL})


def fault_of(reason: str, request: HttpRequest) -> str:
    """Return the code of the fault, by Django's reason and the request."""
    if reason in BY_REASON:
        return BY_REASON[reason]
    if reason == csrf.REASON_NO_CSRF_COOKIE:  # only this cookie has expired
        return "form_token_stale" if request.COOKIES else "form_cookies_missing"
    if reason.startswith(COOKIE):
        return "form_cookie_unreadable"
    if reason.startswith((ORIGIN, OTHER_REFERRER)) or reason == csrf.REASON_INSECURE_REFERER:
        return _by_origin(request)
    return "form_token_stale"


def origin_of(request: HttpRequest) -> str:
    """Return the origin of the page with the form, "" if the browser does not send it."""
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
    """Tell whether a page of Signet sent the form, even if the visitor uses another address.

    Most browsers say so (w3.org/TR/fetch-metadata). If one does not, the host names decide.
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
