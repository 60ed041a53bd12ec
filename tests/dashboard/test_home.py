import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attempts.models import SignInCount
from oauth_client.doctor import Report
from providers.models import Provider
from sessions.models import User
from sessions.signing_keys.models import SigningKey
from tests.dashboard.rows import came_back, counted, heard
from tests.fakes import add_provider
from tests.sessions.outage import cache_gone

pytestmark = pytest.mark.django_db
QUERIES = 30


@pytest.fixture
def busy() -> None:
    """Let a month have been."""
    today = timezone.now().date()
    for kind, slug in [("github", "github"), ("openid_connect", "staff")]:
        add_provider(slug, kind, secret_expires_on=today + timedelta(days=3))
    for ago in range(40):
        day = today - timedelta(days=ago)
        came_back(day, number=12, hops=[heard(6, 1500), heard(7, 90)], milliseconds=1600)
        came_back(day, "timeout", provider="staff", number=2)
        came_back(day, "clock_skew", provider="gone")
        SignInCount.objects.create(day=day, provider="github", what="begun", number=20)


def page_of(admin: Client) -> str:
    answer = admin.get("/admin/")
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_a_fresh_site_is_told_what_to_do(admin: Client) -> None:
    page = page_of(admin)
    assert '<details class="card checklist" open>' in page
    assert "6 of 8 done" in page
    assert 'href="/admin/providers/provider/add/"' in page
    assert "No sign-ins in the last 30 days." in page


def test_the_list_folds_away_when_all_is_done(admin: Client, busy: None) -> None:
    Provider.objects.update(access_decided=True)
    assert "9 of 10 done" in page_of(admin)  # one provider fails
    tomorrow = timezone.now() + timedelta(days=1)  # newer than today's sign-ins, which are at noon
    Report((), tomorrow).keep(Provider.objects.get(slug="staff"))
    page = page_of(admin)
    assert '<details class="card checklist">' in page
    assert "10 of 10 done" in page


def test_says_how_sign_ins_went(admin: Client, busy: None) -> None:
    text = text_of(page_of(admin))
    assert "Successful sign-ins 360 in 30 days" in text
    assert "Failed sign-ins 90 20.0% of all finished" in text
    assert "Not finished 600 of 600 started" in text
    assert "Active sessions 1 now" in text


def test_shows_each_provider_also_one_that_is_gone(admin: Client, busy: None) -> None:
    text = text_of(page_of(admin))
    assert "Github 360 signed in, 0 failed (0.0%)" in text
    assert "Staff 0 signed in, 60 failed (100.0%)" in text
    assert "gone 0 signed in, 30 failed (100.0%)" in text


def test_shows_why_sign_ins_fail_and_how_long_they_take(admin: Client, busy: None) -> None:
    text = text_of(page_of(admin))
    assert "Timeout 60 Clocks differ 30" in text
    assert "Token request 1.5 s Profile request 90 ms Signet 10 ms" in text


def test_adds_up_the_rare_causes(admin: Client) -> None:
    causes = "timeout clock_skew access_denied email_in_use tls_failure dns_failure invalid_grant"
    for cause in [*causes.split(), "state_used", "other_host", "plain_http"]:
        came_back(timezone.now().date(), cause)
    assert "2 more failed sign-ins have other causes." in page_of(admin)


def test_says_how_many_failures_are_only_counted(admin: Client) -> None:
    counted("state_missing", 1234, timezone.now().date())
    assert "1,234 failures are not in the list" in text_of(page_of(admin))


def test_says_which_forms_were_refused_and_what_to_change(admin: Client) -> None:
    counted("form_token_stale", 2, timezone.now().date())
    counted("form_from_plain_http", 1234, timezone.now().date())
    text = text_of(page_of(admin))
    assert "1,234 forms were refused. The page was opened with http, but BASE_URL is" in text
    assert text.index("1,234 forms were refused.") < text.index("2 forms were refused.")
    assert "not listed" not in text


def test_warns_of_what_expires(admin: Client, busy: None) -> None:
    text = text_of(page_of(admin))
    assert "Staff The client secret expires in 3 days." in text
    assert re.search("Signing key ES256, [0-9]+ seconds? old", text)


def test_the_numbers_behind_the_columns_are_a_table(admin: Client, busy: None) -> None:
    page = page_of(admin)
    table = page[page.index("<table>") : page.index("</table>")]
    assert table.count("<tr>") == 31
    assert "Github, signed in" in table
    today = timezone.now().date()
    assert f'<time datetime="{today}">' in table
    assert re.findall(r"<td>(\d+)</td>", table)[-8:] == ["12", "3", "12", "0", "0", "2", "0", "1"]


def test_what_only_eyes_can_read_is_hidden_from_everybody_else(admin: Client, busy: None) -> None:
    home_ = page_of(admin).partition('class="signet-home"')[2].partition('id="content-main"')[0]
    pictures = re.findall(r"<svg[^>]*>", home_)
    assert pictures
    assert all('aria-hidden="true"' in picture for picture in pictures)


def test_the_page_has_nothing_that_its_policy_forbids(admin: Client, busy: None) -> None:
    page = page_of(admin).partition('class="signet-home"')[2].partition('id="content-main"')[0]
    assert "<script" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " on" not in re.findall(r"<[^>]*\son\w+=", page)


@pytest.mark.parametrize("known", [False, True], ids=["nothing kept", "all kept"])
def test_costs_fewer_queries_than(admin: Client, busy: None, known: bool) -> None:
    page_of(admin)
    if not known:
        cache.clear()
    with CaptureQueriesContext(connection) as queries:
        page_of(admin)
    assert len(queries) < QUERIES


def test_the_pictures_are_drawn_once_a_minute(admin: Client, busy: None) -> None:
    page_of(admin)
    came_back(timezone.now().date(), number=7)
    assert "Successful sign-ins 360 in 30 days" in text_of(page_of(admin))


def test_the_pictures_are_drawn_each_time_while_the_cache_does_not_answer(
    admin: Client, busy: None
) -> None:
    page_of(admin)
    came_back(timezone.now().date(), number=7)
    with cache_gone():
        assert "Successful sign-ins 367 in 30 days" in text_of(page_of(admin))


def test_more_providers_cost_no_more_queries(admin: Client, busy: None) -> None:
    page_of(admin)
    cache.delete("dashboard:pictures")
    with CaptureQueriesContext(connection) as before:
        page_of(admin)
    for number in range(5):
        add_provider(f"more-{number}")
        came_back(timezone.now().date(), provider=f"more-{number}")
    cache.delete("dashboard:pictures")
    with CaptureQueriesContext(connection) as after:
        page_of(admin)
    assert len(after) == len(before)


# Who sees what


@pytest.mark.parametrize(
    ("permissions", "seen", "unseen"),
    [
        pytest.param([], [], ["Setup", "Signed in", "Keys and secrets"], id="nothing"),
        pytest.param(
            ["view_provider"],
            ["Setup", "The client secret expires"],
            ["Signed in", "Signing key ES256"],
            id="providers",
        ),
        pytest.param(
            ["view_signinattempt"], ["Signed in"], ["Setup", "Keys and secrets"], id="sign-ins"
        ),
        pytest.param(
            ["view_signingkey"],
            ["Signing key ES256"],
            ["Setup", "The client secret expires"],
            id="keys",
        ),
    ],
)
def test_an_admin_who_may_see_only(
    admin: Client,
    alice: User,
    busy: None,
    permissions: list[str],
    seen: list[str],
    unseen: list[str],
) -> None:
    User.objects.update(is_superuser=False)
    alice.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    text = text_of(page_of(admin))
    assert [words for words in seen if words not in text] == []
    assert [words for words in unseen if words in text] == []


def test_a_missing_key_is_an_error_on_the_page(admin: Client) -> None:
    SigningKey.objects.update(state=SigningKey.State.RETIRED)
    assert "There is no signing key, so nobody can sign in." in page_of(admin)


# Words and addresses


def test_a_cause_leads_to_its_sign_ins(admin: Client, busy: None) -> None:
    url = "/admin/attempts/signinattempt/?diagnosis=timeout"
    assert f'<a href="{url}">Timeout</a>' in page_of(admin)


def test_the_longest_bar_is_whole_and_the_others_are_measured_by_it(
    admin: Client, busy: None
) -> None:
    page = page_of(admin)
    causes = page[page.index("causes-title") : page.index("timings-title")]
    assert re.findall('viewBox="0 0 ([0-9]+) 1"', causes) == ["60", "60"]
    assert re.findall('class="part" width="([0-9]+)"', causes) == ["60", "30"]


def test_every_seventh_day_is_labelled_and_today_is_the_last(admin: Client, busy: None) -> None:
    page = page_of(admin)
    days = page[page.index('class="columns"') : page.index("<table>")].split('class="day')[1:]
    labelled = [at for at, day in enumerate(days) if "<text" in day]
    assert labelled == [1, 8, 15, 22, 29]
    assert ["unfinished" in day for day in days] == [False] * 29 + [True]
    assert ">Today</text>" in days[29]


@pytest.mark.parametrize("room", ["signet_sessions", "audit", "providers"])
def test_stands_on_the_home_of_the_admin_alone(admin: Client, room: str) -> None:
    assert "Setup" in page_of(admin)
    assert "Setup" not in admin.get(f"/admin/{room}/").content.decode()
