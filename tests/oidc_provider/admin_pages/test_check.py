"""The page with what a check of an app has found."""

import json

import pytest
import responses
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from oidc_provider.models import App
from sessions.models import User
from tests.fakes import hold, session_token
from tests.oidc_provider.admin_pages.forms import form_of, page
from tests.oidc_provider.checking.cases import publish
from tests.sessions.outage import cache_gone

pytestmark = pytest.mark.django_db
HERE = "https://grafana.example/"


@responses.activate
def test_nothing_is_asked_before_the_button_is_pressed(admin: Client, grafana: App) -> None:
    shown = admin.get(page(grafana, "check")).content.decode()
    assert "checked yet." in shown
    shown = admin.get(page(grafana)).content.decode()
    assert f'<form method="post" action="{page(grafana, "check")}">' in shown
    assert len(responses.calls) == 0


@responses.activate
def test_the_findings_are_shown_there_and_on_the_page_of_the_app(
    admin: Client, grafana: App
) -> None:
    publish()
    responses.get(HERE)
    App.objects.filter(pk=grafana.pk).update(redirect_uris=[f"{HERE}login/generic_oauth/"])
    answer = admin.post(page(grafana, "check"))
    assert (answer.status_code, answer["Location"]) == (302, page(grafana, "check"))
    calls = len(responses.calls)
    for shown in (admin.get(page(grafana, "check")), admin.get(page(grafana))):
        assert "is almost what this kind of app sends" in shown.content.decode()
        value = f'<code class="value">{HERE}login/generic_oauth</code>'
        assert value in shown.content.decode()
    assert len(responses.calls) == calls


@responses.activate
def test_a_change_of_the_app_makes_the_report_old(admin: Client, grafana: App) -> None:
    publish()
    responses.get(HERE)
    admin.post(page(grafana, "check"))
    assert 'class="mark"' in admin.get(page(grafana, "check")).content.decode()
    admin.post(page(grafana), form_of(grafana, pkce="nonce"))
    assert "checked yet." in admin.get(page(grafana, "check")).content.decode()


def test_only_one_check_of_an_app_runs_at_a_time(admin: Client, grafana: App) -> None:
    cache.add(f"app-check:{grafana.pk}", "", 30)
    shown = admin.post(page(grafana, "check"), follow=True).content.decode()
    assert "A check is already running." in shown
    with pytest.raises(CommandError, match="Another check of grafana is running"):
        call_command("app", "check", "grafana")


@pytest.mark.parametrize("is_staff", [True, False], ids=["without-permission", "no-admin"])
def test_nobody_else_checks_an_app(client: Client, grafana: App, is_staff: bool) -> None:
    bob = User.objects.create(name="Bob", is_staff=is_staff)
    hold(client, session_token(bob))
    assert client.post(page(grafana, "check")).status_code in (302, 403)
    assert "checked yet." not in client.get(page(grafana, "check")).content.decode()


def test_the_page_of_an_app_is_there_without_the_cache(admin: Client, grafana: App) -> None:
    with cache_gone():
        assert admin.get(page(grafana)).status_code == 200


@responses.activate
def test_the_command_prints_cause_and_fix_and_fails_for_a_problem(
    grafana: App, capsys: pytest.CaptureFixture[str]
) -> None:
    publish()
    with pytest.raises(CommandError, match="grafana: 1 problem"):
        call_command("app", "check", "grafana")
    out = capsys.readouterr().out
    assert "PROBLEM  Address of this site: BASE_URL is an address of this computer" in out
    assert "Set BASE_URL to the public https address of Signet." in out


@responses.activate
def test_the_command_without_a_problem_succeeds(
    grafana: App, capsys: pytest.CaptureFixture[str]
) -> None:
    publish()
    App.objects.update(launch_url="http://127.0.0.1:1/", kind="openid_connect")
    call_command("app", "check", "grafana", "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["outcome"] == "warning"
    assert {finding["outcome"] for finding in report["findings"]} == {"ok", "warning", "unknown"}


def test_a_check_of_an_unknown_app_is_an_error() -> None:
    with pytest.raises(CommandError, match="There is no app nobody"):
        call_command("app", "check", "nobody")
