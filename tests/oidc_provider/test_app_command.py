"""`manage.py app`: what scripts set an app up with."""

import json
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from audit.models import AuditEvent
from oidc_provider import catalogue
from oidc_provider.clients import digest_of
from oidc_provider.models import App, Audience, Authentication, Grant
from protocol.authorization_server.authorization_request import Pkce
from sessions.models import User
from sessions.signing_keys import keyring
from sessions.signing_keys.keyring import ensure_signing_key
from sessions.signing_keys.models import SigningKey
from tests.oidc_provider.party import RelyingParty

pytestmark = pytest.mark.django_db
Capture = pytest.CaptureFixture[str]
GRAFANA = ("grafana", "--kind", "grafana", "--launch-url", "https://grafana.example/")


def said(capsys: Capture, *arguments: str) -> str:
    call_command("app", *arguments)
    return capsys.readouterr().out


def added(capsys: Capture, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(capsys, "add", *arguments, "--json"))
    return found


def test_adds_an_app_as_its_kind_knows_it_and_tells_a_script_all(capsys: Capture) -> None:
    told = added(capsys, *GRAFANA)
    app = App.objects.get()
    assert (told["client_id"], told["issuer"]) == ("grafana", "http://localhost:8000")
    assert told["token_endpoint"] == "http://localhost:8000/oauth/token"
    assert app.secret_digest == digest_of(told["client_secret"])
    assert (app.name, app.redirect_uris) == (
        "Grafana",
        ["https://grafana.example/login/generic_oauth"],
    )
    assert app.scopes == ["openid", "profile", "email", "groups", "offline_access"]


def test_an_app_of_a_general_kind_is_called_by_its_client_id(capsys: Capture) -> None:
    added(capsys, "wiki", "--kind", "openid_connect", "--redirect-uri", "https://wiki.example/cb")
    assert App.objects.get().name == "wiki"


def test_says_the_values_to_enter(capsys: Capture) -> None:
    out = said(capsys, "add", *GRAFANA)
    assert "Issuer: http://localhost:8000\nClient ID: grafana\nClient secret: " in out
    assert "Redirect URI: https://grafana.example/login/generic_oauth\n" in out
    assert "\n\nGF_SERVER_ROOT_URL" in out


def test_says_each_value_once(capsys: Capture) -> None:
    out = said(
        capsys, "add", "wiki", "--kind", "openid_connect", "--redirect-uri", "https://w.example"
    )
    for label in ("Issuer", "Client ID", "Client secret", "Redirect URI"):
        assert len(re.findall(rf"^{label}: ", out, re.MULTILINE)) == 1
    assert "In the app, look for OpenID Connect, OIDC or generic OAuth." in out


def test_no_secret_is_in_the_audit_log(capsys: Capture) -> None:
    secret = added(capsys, *GRAFANA)["client_secret"]
    later = said(capsys, "secret", "grafana").strip()
    said(capsys, "secret", "grafana", "--use-next")
    events = [*AuditEvent.objects.filter(target_type="app").order_by("pk")]
    assert [event.action for event in events] == ["added", "changed", "changed"]
    assert events[0].after["secret"] == "changed"
    assert events[1].after == {"next_secret": "changed"}
    assert events[2].after == {"secret": "changed", "next_secret": "removed"}
    log = str([(event.before, event.after) for event in events])
    for each in (secret, later):
        assert each not in log
        assert digest_of(each) not in log


def test_takes_every_option(capsys: Capture) -> None:
    uris = ["https://a.example/cb", "https://b.example/cb"]
    told = added(
        *(capsys, "any", "--kind", "openid_connect", "--name", "Any", "--pkce", "nonce"),
        *("--redirect-uri", uris[0], "--redirect-uri", uris[1], "--ask-consent"),
        *("--post-logout-redirect-uri", "https://a.example/bye"),
        *("--for-group", "ops", "--for-group", "dev"),
    )
    app = App.objects.get()
    assert (app.name, app.redirect_uris, app.needs) == ("Any", uris, Pkce.NONCE)
    assert (app.audience, app.groups, app.is_of_team) == ("chosen", ["dev", "ops"], False)
    assert app.post_logout_redirect_uris == ["https://a.example/bye"]
    assert told["groups"] == ["dev", "ops"]


@pytest.mark.parametrize("public", [["--kind", "public"], ["--kind", "openid_connect", "--public"]])
def test_a_public_app_gets_no_secret(capsys: Capture, public: list[str]) -> None:
    told = added(capsys, "phone", *public, "--redirect-uri", "com.example.app:/cb")
    assert told["client_secret"] is None
    app = App.objects.get()
    assert (app.authentication, app.secret_digest) == (Authentication.NONE, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "a", "--kind", "nonsense"], "There is no kind nonsense."),
        (
            ["add", "a", "--kind", "grafana"],
            "--launch-url or --redirect-uri: Enter at least one redirect URI.",
        ),
        (["add", "a", "--kind", "openid_connect"], "^--redirect-uri: Enter at least one"),
        (["add", "A!", "--kind", "grafana", "--launch-url", "https://a.example"], "slug: Use only"),
        (["add", "a", "--kind", "openid_connect", "--redirect-uri", "x:/"], "--redirect-uri: x:/"),
        (["add", "a", "--kind", "grafana", "--launch-url", "a b"], "--launch-url: Enter the"),
        (["add", "b", *GRAFANA[1:], "--for-group", "a b"], "--for-group: "),
        (["add", "b", *GRAFANA[1:], "--name", "n" * 101], "--name: "),
        (
            ["add", "b", *GRAFANA[1:], "--post-logout-redirect-uri", "x"],
            "--post-logout-redirect-uri: x",
        ),
        (
            ["add", "a", "--kind", "public", "--redirect-uri", "a.b:/", "--pkce", "neither"],
            "--pkce: An app without a secret always needs PKCE.",
        ),
        (["secret", "a"], "There is no app a."),
        (["secret", "phone"], "phone has no client secret."),
        (["secret", "grafana", "--use-next"], "grafana has no next client secret."),
        (["disable", "a"], "There is no app a."),
        (["enable", "a"], "There is no app a."),
        (["remove", "a"], "There is no app a."),
        (["add", *GRAFANA], "already exists"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_refuses_with_exit_status_1(
    grafana: App, phone: App, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words.replace(".", r"\.")) as refusal:
        call_command("app", *arguments)
    assert refusal.value.returncode == 1
    assert App.objects.count() == 2


@pytest.mark.parametrize(
    "option", ["--backchannel-logout-uri", "--host", "--allow-private-network"]
)
def test_accepts_no_option_that_would_do_nothing(option: str) -> None:
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command("app", "add", *GRAFANA, f"{option}=x")


def test_two_secrets_are_good_until_the_app_uses_the_next(
    capsys: Capture, party: RelyingParty
) -> None:
    later = said(capsys, "secret", "grafana").strip()
    assert party.exchange(party.code()).status_code == 200
    assert party.exchange(party.code(), client_secret=later).status_code == 200
    said(capsys, "secret", "grafana", "--use-next")
    assert party.exchange(party.code()).status_code == 401
    assert party.exchange(party.code(), client_secret=later).status_code == 200


def test_a_next_secret_is_replaced_only_if_told_so(capsys: Capture, grafana: App) -> None:
    first = said(capsys, "secret", "grafana").strip()
    with pytest.raises(CommandError, match="--replace-next"):
        call_command("app", "secret", "grafana")
    grafana.refresh_from_db()
    assert grafana.next_secret_digest == digest_of(first)
    second = said(capsys, "secret", "grafana", "--replace-next").strip()
    grafana.refresh_from_db()
    assert grafana.next_secret_digest == digest_of(second)


def test_an_app_without_any_secret_gets_its_first(capsys: Capture, grafana: App) -> None:
    App.objects.update(secret_digest="")
    first = said(capsys, "secret", "grafana").strip()
    grafana.refresh_from_db()
    assert (grafana.secret_digest, grafana.next_secret_digest) == (digest_of(first), "")


def test_a_disabled_app_has_no_tokens_that_come_back(capsys: Capture, party: RelyingParty) -> None:
    tokens = party.tokens()
    said(capsys, "disable", "grafana")
    said(capsys, "enable", "grafana")
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert AuditEvent.objects.filter(target_type="app", action="changed").count() == 2


def test_a_removed_app_takes_its_grants_along(capsys: Capture, party: RelyingParty) -> None:
    party.tokens()
    assert said(capsys, "remove", "grafana") == "Removed grafana. Its tokens no longer work.\n"
    assert not App.objects.exists()
    assert not Grant.objects.exists()
    assert AuditEvent.objects.get(action="removed").before["slug"] == "grafana"


def test_lists_apps_for_people_and_scripts(capsys: Capture, grafana: App, phone: App) -> None:
    lines = said(capsys, "list").splitlines()
    assert lines[0] == "grafana\tgrafana\tenabled\teverybody\thttps://grafana.example/"
    listed = json.loads(said(capsys, "list", "--json"))
    assert [each["client_id"] for each in listed] == ["grafana", "phone"]
    assert "digest" not in str(listed)


def test_lists_who_may_use_an_app(
    capsys: Capture, grafana: App, phone: App, alice: User, bob: User
) -> None:
    App.objects.update(audience=Audience.CHOSEN)
    grafana.people.set([bob, alice])
    App.objects.filter(pk=grafana.pk).update(groups=["dev", "ops"])
    lines = [line.split("\t")[3] for line in said(capsys, "list").splitlines()]
    assert lines == [f"groups: dev, ops; people: {alice.handle}, {bob.handle}", "nobody"]
    listed = json.loads(said(capsys, "list", "--json"))
    assert listed[0]["people"] == [alice.handle, bob.handle]


def test_lists_who_may_use_many_apps_with_two_queries(
    grafana: App, phone: App, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        call_command("app", "list")


def test_lists_kinds_and_what_each_needs(capsys: Capture) -> None:
    lines = said(capsys, "kinds").splitlines()
    assert "grafana\tGrafana\t--launch-url" in lines
    assert "openid_connect\tAny OpenID Connect client\t--redirect-uri" in lines
    assert len(lines) == len(catalogue.kinds())


def test_a_kind_with_a_usual_address_needs_no_other(capsys: Capture) -> None:
    assert "demo_app\tSignet's demo app\t" in said(capsys, "kinds").splitlines()
    call_command("app", "add", "mine", "--kind", "demo_app")
    app = App.objects.get(slug="mine")
    assert (app.launch_url, app.redirect_uris) == (
        "http://127.0.0.1:9002/",
        ["http://127.0.0.1:9002/signed-in"],
    )


def test_the_usual_address_gives_way_to_redirect_uris(capsys: Capture) -> None:
    uri = "http://127.0.0.1:9005/signed-in"
    call_command("app", "add", "mine", "--kind", "demo_app", "--redirect-uri", uri)
    app = App.objects.get(slug="mine")
    assert (app.launch_url, app.redirect_uris) == ("", [uri])


def test_the_key_for_id_tokens_is_published_with_the_first_app(capsys: Capture) -> None:
    SigningKey.objects.all().delete()
    added(capsys, *GRAFANA)
    assert SigningKey.objects.get().purpose == SigningKey.Purpose.ID_TOKEN


def test_says_what_to_paste_into_the_app_of_a_kind(capsys: Capture) -> None:
    call_command("app", "add", "grafana", "--kind", "grafana", "--launch-url", "https://g.example")
    said = capsys.readouterr().out
    secret = said.partition("Client secret: ")[2].partition("\n")[0]
    assert f"GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET={secret}" in said


def test_says_that_an_app_without_a_secret_leaves_it_out(capsys: Capture) -> None:
    out = said(capsys, "add", *GRAFANA, "--public")
    assert "This app has no client secret. Leave out YOUR_CLIENT_SECRET." in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("minio", "--kind", "minio", "--launch-url", "https://m.example"), "free edition"),
        (("spa", "--kind", "public", "--redirect-uri", "https://spa.example/cb"), "Client ID: spa"),
    ],
)
def test_says_what_an_edition_lacks_and_no_secret_of_an_app_that_has_none(
    capsys: Capture, arguments: tuple[str, ...], words: str
) -> None:
    out = said(capsys, "add", *arguments)
    assert words in out
    assert ("Client secret: " in out) == (arguments[0] == "minio")


def test_says_that_the_keys_cannot_be_read(capsys: Capture) -> None:
    ensure_signing_key(purpose=SigningKey.Purpose.ID_TOKEN)
    keyring.forget()
    with override_settings(ENCRYPTION_KEYS=[b"another key, thirty-two bytes..."]):
        call_command("app", "add", *GRAFANA)
    keyring.forget()
    assert "nobody can sign in to apps" in capsys.readouterr().err


def test_enabling_what_is_enabled_changes_nothing(capsys: Capture) -> None:
    added(capsys, *GRAFANA)
    before = AuditEvent.objects.count()
    assert "Enabled grafana." in said(capsys, "enable", "grafana")
    assert AuditEvent.objects.count() == before
