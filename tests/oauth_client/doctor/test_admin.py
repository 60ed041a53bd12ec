from collections.abc import Callable
from typing import Any

import pytest
import responses
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oauth_client.doctor import Finding, Outcome, Report
from providers.models import Examination, Provider
from sessions.models import User
from tests.fakes import add_provider, hold, session_token
from tests.oauth_client.admin_pages.forms import NO_RULES
from tests.sessions.outage import cache_gone

pytestmark = pytest.mark.django_db
HERE = "http://127.0.0.1:1"  # an address without a name, that nobody listens at
AUTHORIZE, TOKEN = f"{HERE}/login/oauth/authorize", f"{HERE}/login/oauth/access_token"
FORM = NO_RULES | {
    "kind": "github",
    "name": "GH",
    "client_id": "client-2",
    "base_url": HERE,
    "position": "0",
}


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github", client_secret="a-marked-secret", base_url=HERE)


def page(provider: Provider) -> str:
    return reverse("admin:providers_provider_check", args=[provider.pk])


@responses.activate
def test_nothing_is_asked_before_the_button_is_pressed(admin: Client, github: Provider) -> None:
    shown = admin.get(page(github)).content.decode()
    assert "checked yet." in shown
    assert "Check provider" in shown
    assert len(responses.calls) == 0


@responses.activate
def test_the_findings_are_shown_with_words_and_a_value_to_copy(
    admin: Client, github: Provider
) -> None:
    responses.get(AUTHORIZE, status=302, headers={"Location": f"{HERE}/login"})
    responses.post(TOKEN, json={"error": "incorrect_client_credentials"})
    shown = admin.post(page(github), follow=True).content.decode()
    assert "The provider refuses the client ID or the secret." in shown
    assert '<strong class="mark">Problem</strong>' in shown
    assert '<code class="value">http://localhost:8000/sign-in/github/callback/</code>' in shown
    assert "a-marked-secret" not in shown


@responses.activate
def test_a_reload_does_not_check_again(admin: Client, github: Provider) -> None:
    responses.get(AUTHORIZE, status=302, headers={"Location": f"{HERE}/login"})
    responses.post(TOKEN, json={"error": "incorrect_client_credentials"})
    answer = admin.post(page(github))
    assert (answer.status_code, answer["Location"]) == (302, page(github))
    calls = len(responses.calls)
    assert 'class="mark"' in admin.get(page(github)).content.decode()
    assert len(responses.calls) == calls


def test_only_one_examination_runs_at_a_time(admin: Client, github: Provider) -> None:
    cache.add(f"doctor:{github.pk}", "", 30)
    shown = admin.post(page(github), follow=True).content.decode()
    assert "A check is already running." in shown


@pytest.mark.parametrize("is_staff", [True, False], ids=["without-permission", "no-admin"])
def test_nobody_else_examines_a_provider(client: Client, github: Provider, is_staff: bool) -> None:
    bob = User.objects.create(name="Bob", is_staff=is_staff)
    hold(client, session_token(bob))
    response = client.post(page(github))
    assert response.status_code in (302, 403)
    assert not Examination.objects.exists()


def test_who_may_only_see_providers_finds_no_button(client: Client, github: Provider) -> None:
    bob = User.objects.create(name="Bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_provider"))
    client.cookies["session"] = session_token(bob)
    response = client.get(reverse("admin:providers_provider_change", args=[github.pk]))
    assert response.status_code == 200
    assert b"Check provider" not in response.content
    assert b"Test sign-in" not in response.content


@pytest.mark.parametrize("method", ["put", "delete"])
def test_the_page_is_read_or_posted(admin: Client, github: Provider, method: str) -> None:
    assert getattr(admin, method)(page(github)).status_code == 405


def test_a_provider_that_is_gone_has_no_page(admin: Client, github: Provider) -> None:
    address = page(github)
    github.delete()
    assert admin.get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_what_the_check_finds_after_saving_is_on_the_page(admin: Client, github: Provider) -> None:
    change = reverse("admin:providers_provider_change", args=[github.pk])
    saved = admin.post(change, FORM)
    assert saved["Location"] == change
    shown = admin.get(change).content.decode()
    assert "accepts no connection" in shown
    assert '<strong class="mark">Problem</strong>' in shown
    assert '<strong class="mark">ok</strong>' not in shown


def test_what_two_checks_have_found_is_told_apart(admin: Client, github: Provider) -> None:
    checks = ("Host names", "Certificates")
    found = tuple(Finding(Outcome.PROBLEM, "It is gone.", check=each) for each in checks)
    Report(found, timezone.now()).keep(github)
    shown = admin.get(reverse("admin:providers_provider_change", args=[github.pk])).content.decode()
    assert [f"<strong>{each}</strong>" in shown for each in checks] == [True, True]


def test_a_good_check_is_one_line_on_the_page(admin: Client, github: Provider) -> None:
    Report((Finding(Outcome.OK, "All is well."),), timezone.now()).keep(github)
    shown = admin.get(reverse("admin:providers_provider_change", args=[github.pk])).content.decode()
    assert "No problems found" in shown
    assert "All is well." not in shown


def test_another_name_is_no_reason_to_check(
    admin: Client, github: Provider, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    change = reverse("admin:providers_provider_change", args=[github.pk])
    form = FORM | {"client_id": github.client_id}
    with django_capture_on_commit_callbacks() as callbacks:
        assert admin.post(change, form).status_code == 302
    assert callbacks == []


@pytest.mark.django_db(transaction=True)
def test_an_examination_of_what_was_stored_before_is_not_shown(
    admin: Client, github: Provider
) -> None:
    Report((), timezone.now()).keep(github)
    cache.add(f"doctor:{github.pk}", "", 30)
    change = reverse("admin:providers_provider_change", args=[github.pk])
    assert admin.post(change, FORM).status_code == 302
    assert 'class="doctor found"' not in admin.get(change).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_provider_is_saved_also_without_the_cache(admin: Client, github: Provider) -> None:
    change = reverse("admin:providers_provider_change", args=[github.pk])
    with cache_gone():
        assert admin.post(change, FORM).status_code == 302
    github.refresh_from_db()
    assert github.client_id == "client-2"
