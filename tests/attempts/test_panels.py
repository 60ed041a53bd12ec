"""What other pages of the admin show of sign-ins."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attempts.panels import SHOWN
from sessions.models import User
from tests.attempts.rows import add_attempt
from tests.fakes import hold, session_token

pytestmark = pytest.mark.django_db


def page_of(browser: Client, person: User) -> str:
    answer = browser.get(f"/admin/signet_sessions/user/{person.pk}/change/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_of_a_person_shows_how_they_came_and_why_they_could_not(
    admin: Client, bob: User
) -> None:
    came = add_attempt(user=bob, diagnosis="", reference="CAME-2222")
    failed = add_attempt(user=bob, diagnosis="account_suspended", reference="FAIL-2222")
    page = page_of(admin, bob)
    for attempt, words in ((came, "Signed in"), (failed, "Failed: account suspended")):
        _, _, row = page.partition(f"{words}</span>")
        url = f"/admin/attempts/signinattempt/{attempt.pk}/change/"
        assert row.partition("</tr>")[0].endswith(f'<a href="{url}">{attempt.reference}</a> </td> ')


def test_the_page_leads_to_all_sign_ins_of_the_person(admin: Client, bob: User) -> None:
    add_attempt(user=bob)
    add_attempt(reference="ALIC-2222", user=User.objects.get(name="Alice Archer"))
    url = f"/admin/attempts/signinattempt/?q={bob.pk}"
    page = page_of(admin, bob)
    assert f'<a href="{url}">All sign-ins of this person</a>' in page
    assert "ALIC-2222" not in page
    assert [row.user for row in admin.get(url).context["cl"].result_list] == [bob]


def test_the_last_ten_are_shown_the_latest_first(admin: Client, bob: User) -> None:
    now = timezone.now()
    for ago in range(12):
        add_attempt(user=bob, reference=f"AGO{ago:02}", created_at=now - timedelta(days=ago))
    page = page_of(admin, bob)
    places = [page.index(f"AGO{ago:02}") for ago in range(SHOWN)]
    assert places == sorted(places)
    assert "AGO10" not in page


def test_the_page_says_that_no_sign_in_is_kept(admin: Client, bob: User) -> None:
    assert "No sign-ins are kept." in page_of(admin, bob)


def test_many_sign_ins_cost_as_many_queries_as_none(admin: Client, bob: User) -> None:
    page_of(admin, bob)
    with CaptureQueriesContext(connection) as of_none:
        page_of(admin, bob)
    for _ in range(SHOWN):
        add_attempt(user=bob)
    with CaptureQueriesContext(connection) as of_many:
        page_of(admin, bob)
    assert len(of_many) == len(of_none) < 30


def test_who_may_not_see_sign_ins_does_not_see_them_on_the_page(client: Client, bob: User) -> None:
    clerk = User.objects.create(name="Clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_user"))
    hold(client, session_token(clerk))
    add_attempt(user=bob)
    assert "Recent sign-ins" not in page_of(client, bob)
