"""Why did Django's check against forged forms refuse a form?

Each fault has an entry in the group `form` of `failures.toml`. Several are faults of the site: of
its BASE_URL, or of a proxy that changes what the browser has sent.
"""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.middleware import csrf

from diagnosis.entries import DIAGNOSES, Advice

NULL = "null"  # the Origin of a page that hides its own (RFC 6454 §7.3)
FAULTS = frozenset(code for code, entry in DIAGNOSES.items() if entry.group == "form")
BY_REASON = {
    csrf.REASON_CSRF_TOKEN_MISSING: "form_token_missing",
    csrf.REASON_NO_REFERER: "form_referrer_missing",
    csrf.REASON_MALFORMED_REFERER: "form_referrer_unreadable",
}
# Django fills values into the first two, so only their beginnings are compared.
OF_THE_ORIGIN = tuple(
    reason.partition("%")[0]
    for reason in (csrf.REASON_BAD_ORIGIN, csrf.REASON_BAD_REFERER, csrf.REASON_INSECURE_REFERER)
)


def form_advice(fault: str) -> Advice:
    """Return cause and fix of a fault, with the address of this site."""
    return DIAGNOSES[fault].advice.filled({"site": settings.BASE_URL})


def fault_of(reason: str, request: HttpRequest) -> str:
    """Return the code of the fault, by Django's reason and the request."""
    if reason in BY_REASON:
        return BY_REASON[reason]
    if reason == csrf.REASON_NO_CSRF_COOKIE:  # only this cookie has expired
        return "form_token_stale" if request.COOKIES else "form_cookies_missing"
    if reason.startswith("CSRF cookie "):
        return "form_cookie_unreadable"
    return _by_origin(request) if reason.startswith(OF_THE_ORIGIN) else "form_token_stale"


def origin_of(request: HttpRequest) -> str:
    """Return the origin of the page with the form, "" if the browser does not send it."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    if origin == NULL:
        return NULL
    page = _parts(origin)
    return f"{page.scheme}://{page.netloc.rpartition('@')[2]}" if page.netloc else ""


def _by_origin(request: HttpRequest) -> str:
    origin = origin_of(request)
    if origin == NULL:
        return "form_origin_null"
    is_same_name = _parts(origin).hostname == _parts(settings.BASE_URL).hostname
    if settings.IS_HTTPS and origin.startswith("http://") and is_same_name:
        return "form_from_plain_http"
    is_ours = _is_of_this_site(request, _parts(origin).hostname)
    return "form_from_other_address" if is_ours else "form_from_other_site"


def _is_of_this_site(request: HttpRequest, name: str | None) -> bool:
    """Tell whether a page of Signet sent the form, even if the visitor uses another address.

    Most browsers say so (w3.org/TR/fetch-metadata). If one does not, the host names decide.
    """
    if "Sec-Fetch-Site" in request.headers:
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    hosts = [request.headers.get(each, "") for each in ("Host", "X-Forwarded-Host")]
    urls = [settings.BASE_URL, *(f"//{host}" for host in hosts)]
    return bool(name) and name in [_parts(url).hostname for url in urls]


def _parts(url: str) -> SplitResult:
    """Return the parts of a URL, all of them empty if it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
