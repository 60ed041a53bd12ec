"""Rules as in the demo: the simulated GitHub and Google tell who is a member."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access_rules.models import ProviderToken
from access_rules.recheck import RecheckCounts, check_all
from providers.models import Provider
from sessions.models import Session
from tests.access_rules.visits import add_rule
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1, minutes=1)
RULES: dict[str, tuple[str, str, str, str]] = {  # provider, rule, who is in
    "an organisation": ("github", "github", "acme", "alice"),
    "a team": ("github", "github", "acme/platform", "alice"),
    "a hosted domain": ("google", "hosted_domain", "example.org", "ada"),
}


def under_rule(slug: str, kind: str, value: str) -> None:
    Provider.objects.filter(slug=slug).update(who_may_sign_in="matching")
    add_rule(Provider.objects.get(slug=slug), kind, value, "staff")


@pytest.mark.parametrize(("slug", "kind", "value", "member"), RULES.values(), ids=RULES.keys())
def test_members_come_in_and_stay_and_others_do_not(
    client: Client, stage: Stage, slug: str, kind: str, value: str, member: str
) -> None:
    under_rule(slug, kind, value)
    assert stage.sign_in(client, slug, "mallory").startswith("/sign-in/failed/")
    assert stage.sign_in(client, slug, member) == "/account/"
    assert Session.objects.get().groups == ["staff"]
    assert check_all(timezone.now() + TOMORROW) == RecheckCounts(confirmed=1)


def test_google_refreshes_its_token(client: Client, stage: Stage) -> None:
    under_rule("google", "hosted_domain", "example.org")
    stage.sign_in(client, "google", "ada")
    before: Any = ProviderToken.objects.get()
    assert before.refresh_token.startswith("1//")
    check_all(timezone.now() + TOMORROW)
    assert ProviderToken.objects.get().access_token != before.access_token
