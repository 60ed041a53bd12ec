import json
from datetime import date
from pathlib import Path

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.core.management import CommandError, call_command

from providers import catalogue
from providers.models import Provider
from sessions.models import Session, User
from sessions.revocation import is_revoked
from tests.fakes import add_provider, session_token
from tests.providers.clients.answers.entry import APPLE_PEM
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db


def add(*arguments: str) -> None:
    call_command("provider", "add", *arguments, "--client-id", "client-1")


@pytest.fixture
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_CLIENT_SECRET", " the client secret\n")


@pytest.mark.usefixtures("_secret")
def test_adds_a_provider_and_says_its_redirect_uri(capsys: pytest.CaptureFixture[str]) -> None:
    add("work", "--kind", "openid_connect", "--base-url", "https://op.example", "--name", "Work")
    provider = Provider.objects.get()
    assert (provider.name, provider.client_secret) == ("Work", "the client secret")
    assert "http://localhost:8000/sign-in/work/callback/" in capsys.readouterr().out


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_adds_a_provider_with_the_method_that_its_client_is_registered_for(method: str) -> None:
    add("github", "--kind", "github", "--token-endpoint-auth-method", method)
    assert Provider.objects.get().token_endpoint_auth_method == method


@pytest.mark.usefixtures("_secret")
def test_a_provider_is_called_what_its_kind_is_called() -> None:
    add("github", "--kind", "github", "--allow-private-network")
    assert Provider.objects.get().name == "GitHub"
    assert Provider.objects.get().address_policy.allow_private


def test_reads_the_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    add("github", "--kind", "github", "--client-secret-file", str(file))
    assert Provider.objects.get().client_secret == "from a file"


@pytest.mark.usefixtures("_secret")
def test_adds_a_provider_with_the_secret_that_follows_and_the_last_day_of_the_first(
    tmp_path: Path,
) -> None:
    file = tmp_path / "next"
    file.write_text("\ufeffthe-next-secret\r\n")
    options = ["--next-client-secret-file", str(file), "--secret-expires-on", "2027-03-01"]
    add("github", "--kind", "github", *options)
    provider = Provider.objects.get()
    assert provider.next_client_secret == "the-next-secret"
    assert provider.secret_expires_on == date(2027, 3, 1)


@pytest.mark.parametrize("option", ["--client-secret-file", "--next-client-secret-file"])
@pytest.mark.usefixtures("_secret")
def test_refuses_a_secret_with_a_line_end_inside(tmp_path: Path, option: str) -> None:
    file = tmp_path / "secret"
    file.write_text("one\ntwo\n")
    with pytest.raises(CommandError, match=f"^{option}: .*a line break or a tab") as refusal:
        add("github", "--kind", "github", option, str(file))
    assert "two" not in str(refusal.value)
    assert not Provider.objects.exists()


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["github", "--kind", "nonsense"], "^--kind: Unknown kind"),
        (["github", "--kind", "google"], "^slug: .* another kind"),
        (["work", "--kind", "openid_connect"], "^--base-url: .* address of the issuer"),
        (["work", "--kind", "shopify"], "You can't add"),
        (["work", "--kind", "microsoft"], "^--extra tenant: This value is missing"),
        (["work", "--kind", "microsoft", "--extra", "tenant"], "--extra: expected KEY=VALUE"),
        (["work", "--kind", "microsoft", "--extra", "=common"], "expected KEY=VALUE"),
        (["work", "--kind", "microsoft", "--extra", "tenant=x"], "directory .tenant. ID"),
        (
            ["work", "--kind", "github", "--extra", "tenant=common"],
            "^--extra tenant: .*not use this",
        ),
        (["work", "--kind", "apple", "--extra", "private_key=x"], "--extra-file private_key=PATH"),
        (["work", "--kind", "apple", "--extra-file", "private_key=/nowhere"], "Can't read"),
        (
            ["work", "--kind", "apple", "--extra-file", "private_key"],
            "--extra-file: expected KEY=PATH",
        ),
        (["work", "--kind", "apple"], "^--extra team_id: .*\n.*\n--extra-file private_key: "),
        (["work", "--kind", "github", "--vouches-for", "a b@"], "--trusted-email-domains: "),
        (["github", "--kind", "github", "--client-secret-file", "/nowhere"], "Can't read"),
        (["github", "--kind", "github", "--secret-expires-on", "soon"], "expected YYYY-MM-DD"),
        (["github", "--kind", "github", "--token-endpoint-auth-method", "none"], "invalid choice"),
    ],
)
def test_refuses_to_add(arguments: list[str], text: str) -> None:
    with pytest.raises(CommandError, match=text):
        add(*arguments)
    assert not Provider.objects.exists()


@pytest.mark.usefixtures("_secret")
def test_adds_a_provider_with_its_scope_and_tenant() -> None:
    add("ms", "--kind", "microsoft", "--extra", "tenant=common", "--scope", "openid email")
    provider = Provider.objects.get()
    assert (provider.extra, provider.scopes) == ({"tenant": "common"}, ("openid", "email"))


@pytest.mark.usefixtures("_secret")
def test_adds_a_provider_by_the_address_of_its_document_and_another_issuer() -> None:
    address = "https://team.b2clogin.com/team.onmicrosoft.com/B2C_1_a/v2.0"
    issuer = "https://team.b2clogin.com/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/"
    document = f"{address}/.well-known/openid-configuration"
    kind = ["--kind", "openid_connect", "--base-url", document]
    add("b2c", *kind, "--extra", f"issuer={issuer}", "--scope", "openid client-1")
    provider = Provider.objects.get()
    assert (provider.base_url, provider.extra) == (document, {"issuer": issuer})


@pytest.mark.usefixtures("_secret")
def test_says_which_address_a_kind_without_discovery_needs() -> None:
    document = "https://ghe.example/.well-known/openid-configuration"
    with pytest.raises(CommandError, match="GitHub needs that of the server: https://ghe.example"):
        add("ghe", "--kind", "github", "--base-url", document)


def test_adds_apple_with_a_key_from_a_file_and_without_a_client_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGNET_CLIENT_SECRET", raising=False)
    file = tmp_path / "AuthKey.p8"
    file.write_text(APPLE_PEM)
    ids = ["--extra", "team_id=TEAM123456", "--extra", "key_id=KEY1234567"]
    add("apple", "--kind", "apple", *ids, "--extra-file", f"private_key={file}")
    provider = Provider.objects.get()
    assert provider.extra["private_key"] == APPLE_PEM.strip()
    assert provider.client_secret == ""


def test_lists_the_kinds_with_what_each_needs(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("provider", "kinds")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ("github\tGitHub\t--client-id, --client-secret-file or SIGNET_CLIENT_SECRET")
    apple = "--extra team_id=, --extra key_id=, --extra-file private_key="
    assert f"apple\tApple\t--client-id, {apple}" in lines
    assert [line for line in lines if line.startswith("keycloak\t") and "--base-url" in line]
    assert [
        line for line in lines if line.startswith("shopify\t") and "not available yet: " in line
    ]
    assert len(lines) == len(catalogue.kinds())


def test_refuses_to_add_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNET_CLIENT_SECRET", raising=False)
    with pytest.raises(CommandError, match="SIGNET_CLIENT_SECRET"):
        add("github", "--kind", "github")


def test_lists_providers_without_their_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    add_provider("demo")
    add_provider("github", "github", enabled=False)
    call_command("provider", "list")
    out = capsys.readouterr().out
    assert "demo\topenid_connect\tenabled\thttp://localhost:8000/sign-in/demo/callback/" in out
    assert "github\tgithub\tdisabled" in out
    assert "secret" not in out


def test_refuses_to_remove_an_unknown_provider() -> None:
    with pytest.raises(CommandError, match="There is no provider nobody"):
        call_command("provider", "remove", "nobody")


def test_a_provider_with_accounts_is_removed_only_with_them(alice: User) -> None:
    add_provider("demo")
    SocialAccount.objects.create(user=alice, provider="demo", uid="alice")
    session_token(alice)
    Session.objects.update(provider="demo")
    with pytest.raises(CommandError, match="--with-accounts"):
        call_command("provider", "remove", "demo")

    call_command("provider", "remove", "demo", "--with-accounts")

    session = Session.objects.get()
    assert not Provider.objects.exists()
    assert not SocialAccount.objects.exists()
    assert session.revoked_at is not None
    assert is_revoked(str(session.pk), session.auth_time.timestamp())


@pytest.mark.parametrize(
    ("password", "is_warned"), [("", True), ("a password", False)], ids=["the last", "not the last"]
)
def test_warns_when_the_last_admin_goes_with_a_provider(
    alice: User, bob: User, capsys: pytest.CaptureFixture[str], password: str, is_warned: bool
) -> None:
    add_provider("demo")
    SocialAccount.objects.create(user=alice, provider="demo", uid="alice")
    User.objects.update(is_staff=True, is_superuser=True)
    bob.is_staff = bob.is_superuser = True
    bob.set_password(password or None)
    bob.save()
    call_command("provider", "remove", "demo", "--with-accounts")
    assert ("No admin can sign in any more" in capsys.readouterr().err) is is_warned


def check(slug: str, *options: str) -> None:
    call_command("provider", "check", slug, *options)


def test_a_check_of_an_unknown_provider_is_an_error() -> None:
    with pytest.raises(CommandError, match="There is no provider nobody"):
        check("nobody")


def test_a_check_without_a_problem_says_what_is_unknown(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.simulator.arm("garbage", "google")
    check("google")
    out = capsys.readouterr().out
    assert "UNKNOWN" in out
    assert "couldn't be completed." in out
    assert "\x1b[" not in out  # colours are for terminals


def test_a_check_for_programs_prints_json_alone(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    check("google", "--json")
    assert json.loads(capsys.readouterr().out)


def test_a_check_that_finds_a_problem_prints_cause_and_fix(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.simulator.arm("unregistered_redirect_uri", "github")
    with pytest.raises(CommandError, match="github: 1 problem"):
        check("github")
    out = capsys.readouterr().out
    assert "PROBLEM  Redirect URI: This site's redirect URI isn't registered at GitHub." in out
    assert "Register exactly this redirect URI there:" in out
    assert "http://localhost:8000/sign-in/github/callback/" in out


def test_a_check_can_be_read_by_programs(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.simulator.arm("wrong_secret", "demo")
    with pytest.raises(CommandError):
        check("demo", "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["outcome"] == "problem"
    assert {finding["outcome"] for finding in report["findings"]} >= {"ok", "problem"}


def test_a_check_does_not_run_beside_another() -> None:
    cache.add(f"doctor:{add_provider('demo').pk}", "", 30)
    with pytest.raises(CommandError, match="Another check of demo is running"):
        check("demo")
