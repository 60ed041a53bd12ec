"""A form is refused: each reason of Django's check is a fault of its own, with its own way on."""

import re
from dataclasses import dataclass, field
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from attempts import counting
from attempts.models import SignInCount
from diagnosis.entries import DIAGNOSES
from diagnosis.refused_forms import FAULTS, form_advice
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
SITE, HOST, MALLORY = "https://id.example.com", "id.example.com", "https://mallory.example"
SECRET = "s" * 32


@dataclass(frozen=True)
class Sent:
    """What a browser sends with a form; a good one, but for what a test changes."""

    headers: dict[str, str] = field(default_factory=lambda: {"origin": SITE})
    cookie: str = f"csrf={SECRET}"
    token: str | None = SECRET


def sent(**headers: str) -> Sent:
    return Sent({name.replace("_", "-"): value for name, value in headers.items()})


REASONS: dict[str, tuple[Sent, str]] = {
    "no cookie": (Sent(cookie=""), "form_cookies_missing"),
    "another cookie alone": (Sent(cookie="session=x"), "form_token_stale"),
    "a short cookie": (Sent(cookie="csrf=x"), "form_cookie_unreadable"),
    "a cookie of other letters": (Sent(cookie=f"csrf={'-' * 32}"), "form_cookie_unreadable"),
    "no token": (Sent(token=None), "form_token_missing"),
    "an empty token": (Sent(token=""), "form_token_missing"),
    "a short token": (Sent(token="x"), "form_token_stale"),
    "another token": (Sent(token="t" * 64), "form_token_stale"),
    "null origin": (sent(origin="null"), "form_origin_null"),
    "another origin": (sent(origin=MALLORY), "form_from_other_site"),
    "a malformed origin": (sent(origin="http://[::1"), "form_from_other_site"),
    "a malformed forwarded host": (
        sent(origin=MALLORY, x_forwarded_host="[::1"),
        "form_from_other_site",
    ),
    "an extension": (sent(origin="moz-extension://a-b"), "form_from_other_site"),
    "a sibling": (
        sent(origin="https://wiki.example.com", sec_fetch_site="same-site"),
        "form_from_other_site",
    ),
    "its own page at another name": (
        sent(origin="https://login.example.com", sec_fetch_site="same-origin"),
        "form_from_other_address",
    ),
    "a name that a proxy tells": (
        sent(origin="https://login.example.com", x_forwarded_host="login.example.com"),
        "form_from_other_address",
    ),
    "another port": (sent(origin=f"{SITE}:8443"), "form_from_other_address"),
    "plain http": (sent(origin=f"http://{HOST}"), "form_from_plain_http"),
    "no referrer": (sent(), "form_referrer_missing"),
    "a malformed referrer": (sent(referer="http://[::1"), "form_referrer_unreadable"),
    "a referrer without a host": (sent(referer="/sign-in/"), "form_referrer_unreadable"),
    "an insecure referrer": (sent(referer=f"http://{HOST}/sign-in/"), "form_from_plain_http"),
    "one of elsewhere": (sent(referer="http://x.example/"), "form_from_other_site"),
    "another referrer": (sent(referer=f"{MALLORY}/?code=c"), "form_from_other_site"),
    "one at another port": (sent(referer=f"{SITE}:1/"), "form_from_other_address"),
}
HERE = {name: pair for name, pair in REASONS.items() if DIAGNOSES[pair[1]].words.again}


@pytest.fixture(autouse=True)
def _https(settings: Settings) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS, settings.IS_HTTPS = SITE, [HOST], True
    settings.CSRF_TRUSTED_ORIGINS = [SITE]
    add_provider("demo")


def post(path: str, form: Sent, **more: str) -> tuple[int, str]:
    """Send the form; return the status and what is said."""
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    fields = {"next": "/account/data/"} | more
    fields |= {} if form.token is None else {"csrfmiddlewaretoken": form.token}
    answer = browser.post(path, fields, headers=form.headers | {"cookie": form.cookie})
    return answer.status_code, unescape(" ".join(answer.content.decode().split()))


def faults() -> dict[str, int]:
    counting.write()
    return dict(SignInCount.objects.filter(provider="").values_list("what", "number"))


@pytest.mark.parametrize(("form", "fault"), REASONS.values(), ids=REASONS)
def test_each_reason_is_told_and_counted_as_its_own_fault(form: Sent, fault: str) -> None:
    status, page = post("/sign-in/demo/", form)
    assert status == 403
    assert DIAGNOSES[fault].words.text in page
    assert faults() == {fault: 1}


@pytest.mark.parametrize(("form", "fault"), REASONS.values(), ids=REASONS)
def test_any_other_form_says_the_same(form: Sent, fault: str) -> None:
    status, page = post("/sign-out/", form)
    assert (status, faults()) == (403, {fault: 1})
    assert DIAGNOSES[fault].words.text in page


@pytest.mark.parametrize("path", ["/account/tokens/", "/sign-out/", "/admin/login/?next=/admin/"])
def test_any_other_form_leads_back_to_its_page(path: str) -> None:
    form, fault = REASONS["another token"]
    status, page = post(path, form)
    assert (status, faults()) == (403, {fault: 1})
    assert DIAGNOSES[fault].words.text in page
    assert f'href="{SITE}{path}"' in page


def test_a_good_form_is_no_fault() -> None:
    assert post("/sign-out/", Sent())[0] == 302
    assert faults() == {}


@pytest.mark.parametrize(("form", "fault"), HERE.values(), ids=HERE)
def test_a_sign_in_is_offered_again_with_next_and_a_fresh_token(form: Sent, fault: str) -> None:
    _, page = post("/sign-in/demo/", form)
    assert 'name="next" value="/account/data/"' in page
    assert (
        len(re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page)) == 2
    )  # and the menu


@pytest.mark.parametrize("name", ["plain http", "another port"])
def test_a_sign_in_at_another_address_goes_on_at_the_own_one(name: str) -> None:
    _, page = post("/sign-in/demo/", REASONS[name][0])
    assert f'href="{SITE}/sign-in/?next=%2Faccount%2Fdata%2F"' in page
    assert 'action="/sign-in/' not in page


def test_next_of_another_site_is_not_kept() -> None:
    _, page = post("/sign-in/demo/", REASONS["another origin"][0], next=MALLORY)
    assert "mallory.example" not in page


def test_the_log_has_the_fault_and_the_origin_and_no_code(
    caplog: pytest.LogCaptureFixture,
) -> None:
    post("/sign-in/demo/", sent(referer="https://user:word@mallory.example/?code=c&state=s"))
    assert [record.getMessage() for record in caplog.records] == [
        f"form refused: fault=form_from_other_site path=/sign-in/demo/ origin={MALLORY}"
    ]


def test_a_program_is_told_by_a_problem() -> None:
    headers = {"origin": SITE, "authorization": "Bearer x", "host": HOST}
    answer = Client(enforce_csrf_checks=True, headers=headers).post("/account/tokens/")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_every_fault_of_the_list_is_told_apart() -> None:
    assert {fault for _, fault in REASONS.values()} == FAULTS


def test_the_admin_reads_the_address_of_this_site() -> None:
    assert form_advice("form_from_plain_http").cause.endswith(f"BASE_URL is {SITE}.")
