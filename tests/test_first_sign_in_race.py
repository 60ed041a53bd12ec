"""Four browsers finish the first sign-in of one identity at once: one of them makes the person."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.db import connection
from django.test import Client

from sessions.models import Session, User
from tests.conftest import HOST
from tests.rehearsal import Stage
from tests.sessions.threads import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs DATABASE_URL of a PostgreSQL: several writers at once; SQLite has one",
    ),
]
BROWSERS = 4
SLUGS = ("github", "google", "demo")
PEOPLE = ("alice", "bob", "mallory", "nora", "una", "ada")
ROUNDS = [(SLUGS[number % 3], PEOPLE[number // 3 % 6]) for number in range(20)]


class Visitor:
    """A browser in which somebody has allowed the sign-in, and has not come back yet."""

    def __init__(self, stage: Stage, slug: str, person: str) -> None:
        self.browser = Client(headers={"host": HOST})
        asked = self.browser.post(f"/sign-in/{slug}/")["Location"]
        self.back = urlsplit(stage.simulator.choose(asked, person) or "")

    def come_back(self) -> tuple[int, str]:
        """Arrive at the redirect URI; returns the status and where it leads."""
        answer = self.browser.get(self.back.path, dict(parse_qsl(self.back.query)))
        return answer.status_code, answer["Location"]


@pytest.mark.parametrize(("slug", "person"), ROUNDS)
def test_one_identity_in_four_browsers_at_once_is_one_person(
    stage: Stage, slug: str, person: str
) -> None:
    visitors = [Visitor(stage, slug, person) for _ in range(BROWSERS)]
    waiting = list(visitors)

    answers = at_once(BROWSERS, lambda: waiting.pop().come_back())

    assert answers == [(303, "/account/")] * BROWSERS
    claims = [visitor.browser.get("/api/session").json() for visitor in visitors]
    user, account = User.objects.get(), SocialAccount.objects.get()
    known = stage.simulator.people()[person]
    assert (account.user, account.provider) == (user, slug)
    assert {claim["sub"] for claim in claims} == {str(user.pk)}
    assert {claim["sid"] for claim in claims} == {
        str(session.pk) for session in user.sessions.all()
    }
    assert (Session.objects.count(), SocialToken.objects.count()) == (BROWSERS, 0)
    addresses = list(EmailAddress.objects.values_list("user", "email", "verified", "primary"))
    proven = (user.pk, known["email"], True, True)
    assert addresses == ([proven] if known["email_verified"] else [])
