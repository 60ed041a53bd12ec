"""A form is refused: each reason of Django's check is a fault of its own, with its own way on."""

import re
from dataclasses import dataclass, field

import pytest
from django.test import Client
from pytest_django import Settings

from attempts import counting
from attempts.models import SignInCount
from diagnosis.refused_forms import ADVICE, FormFault, form_advice
from tests.fakes import add_provider
from tests.pages import ROOT, table

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


REASONS: dict[str, tuple[Sent, FormFault]] = {
    "no cookie": (Sent(cookie=""), FormFault.COOKIES_MISSING),
    "another cookie alone": (Sent(cookie="session=x"), FormFault.TOKEN_STALE),
    "a short cookie": (Sent(cookie="csrf=x"), FormFault.COOKIE_UNREADABLE),
    "a cookie of other letters": (Sent(cookie=f"csrf={'-' * 32}"), FormFault.COOKIE_UNREADABLE),
    "no token": (Sent(token=None), FormFault.TOKEN_MISSING),
    "an empty token": (Sent(token=""), FormFault.TOKEN_MISSING),
    "a short token": (Sent(token="x"), FormFault.TOKEN_STALE),
    "another token": (Sent(token="t" * 64), FormFault.TOKEN_STALE),
    "null origin": (sent(origin="null"), FormFault.ORIGIN_NULL),
    "another origin": (sent(origin=MALLORY), FormFault.FROM_OTHER_SITE),
    "a malformed origin": (sent(origin="http://[::1"), FormFault.FROM_OTHER_SITE),
    "a malformed forwarded host": (
        sent(origin=MALLORY, x_forwarded_host="[::1"),
        FormFault.FROM_OTHER_SITE,
    ),
    "an extension": (sent(origin="moz-extension://a-b"), FormFault.FROM_OTHER_SITE),
    "a sibling": (
        sent(origin="https://wiki.example.com", sec_fetch_site="same-site"),
        FormFault.FROM_OTHER_SITE,
    ),
    "its own page at another name": (
        sent(origin="https://login.example.com", sec_fetch_site="same-origin"),
        FormFault.FROM_OTHER_ADDRESS,
    ),
    "a name that a proxy tells": (
        sent(origin="https://login.example.com", x_forwarded_host="login.example.com"),
        FormFault.FROM_OTHER_ADDRESS,
    ),
    "another port": (sent(origin=f"{SITE}:8443"), FormFault.FROM_OTHER_ADDRESS),
    "plain http": (sent(origin=f"http://{HOST}"), FormFault.FROM_PLAIN_HTTP),
    "no referrer": (sent(), FormFault.REFERRER_MISSING),
    "a malformed referrer": (sent(referer="http://[::1"), FormFault.REFERRER_UNREADABLE),
    "a referrer without a host": (sent(referer="/sign-in/"), FormFault.REFERRER_UNREADABLE),
    "an insecure referrer": (sent(referer=f"http://{HOST}/sign-in/"), FormFault.FROM_PLAIN_HTTP),
    "one of elsewhere": (sent(referer="http://x.example/"), FormFault.FROM_OTHER_SITE),
    "another referrer": (sent(referer=f"{MALLORY}/?code=c"), FormFault.FROM_OTHER_SITE),
    "one at another port": (sent(referer=f"{SITE}:1/"), FormFault.FROM_OTHER_ADDRESS),
}
HERE = {name: pair for name, pair in REASONS.items() if not ADVICE[pair[1]].is_elsewhere}


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
    return answer.status_code, " ".join(answer.content.decode().split())


def faults() -> dict[str, int]:
    counting.write()
    return dict(SignInCount.objects.filter(provider="").values_list("what", "number"))


@pytest.mark.parametrize(("form", "fault"), REASONS.values(), ids=REASONS)
def test_each_reason_is_told_and_counted_as_its_own_fault(form: Sent, fault: FormFault) -> None:
    status, page = post("/sign-in/demo/", form)
    assert status == 403
    assert ADVICE[fault].sentence in page
    assert faults() == {fault: 1}


@pytest.mark.parametrize(("form", "fault"), REASONS.values(), ids=REASONS)
def test_any_other_form_says_the_same(form: Sent, fault: FormFault) -> None:
    status, page = post("/sign-out/", form)
    assert (status, faults()) == (403, {fault: 1})
    assert ADVICE[fault].sentence in page


@pytest.mark.parametrize("path", ["/account/tokens/", "/sign-out/", "/admin/login/?next=/admin/"])
def test_any_other_form_leads_back_to_its_page(path: str) -> None:
    form, fault = REASONS["another token"]
    status, page = post(path, form)
    assert (status, faults()) == (403, {fault: 1})
    assert ADVICE[fault].sentence in page
    assert f'href="{SITE}{path}"' in page


def test_a_good_form_is_no_fault() -> None:
    assert post("/sign-out/", Sent())[0] == 302
    assert faults() == {}


@pytest.mark.parametrize(("form", "fault"), HERE.values(), ids=HERE)
def test_a_sign_in_is_offered_again_with_next_and_a_fresh_token(
    form: Sent, fault: FormFault
) -> None:
    _, page = post("/sign-in/demo/", form)
    assert 'name="next" value="/account/data/"' in page
    assert len(re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page)) == 1


@pytest.mark.parametrize("name", ["plain http", "another port"])
def test_a_sign_in_at_another_address_goes_on_at_the_own_one(name: str) -> None:
    _, page = post("/sign-in/demo/", REASONS[name][0])
    assert f'href="{SITE}/sign-in/?next=%2Faccount%2Fdata%2F"' in page
    assert "csrfmiddlewaretoken" not in page


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


@pytest.mark.parametrize("fault", FormFault)
def test_every_fault_has_words_for_the_visitor_and_for_the_admin(fault: FormFault) -> None:
    advice = form_advice(fault)
    assert advice.sentence
    assert "{" not in advice.cause + advice.fix


def test_the_docs_have_the_same_list() -> None:
    rows = table((ROOT / "docs" / "failures.md").read_text(), "fault")
    site = "`BASE_URL`"
    assert [tuple(row) for row in rows] == [
        (f"`{fault}`", advice.cause.format(site=site), advice.fix.format(site=site))
        for fault, advice in ADVICE.items()
    ]
