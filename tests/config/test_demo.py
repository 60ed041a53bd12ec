import base64
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from config import demo
from config.env import Environment
from oidc_provider.clients import digest_of
from oidc_provider.models import App, Grant
from providers.models import Provider
from sessions.models import Session, User
from sessions.signing_keys.models import SigningKey
from simulator.people import CAST

ADA = {
    "id": "ada",
    "name": "Ada",
    "email": "ada@example.com",
    "github": {"id": 1001},
    "google": {"sub": "g-1"},
    "demo": {"sub": "d-1"},
}


def provider(slug: str, **changes: str) -> dict[str, Any]:
    base_url = "http://127.0.0.1:9000/" + slug
    given = {"slug": slug, "kind": "openid_connect", "name": slug.title(), "base_url": base_url}
    return given | {"client_id": f"{slug}-id", "client_secret": f"{slug}-secret"} | changes


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A shell in which another site has been set up."""
    variables = {
        "PATH": "/bin",
        "SECRET_KEY": "another site's",
        "ENCRYPTION_KEYS_FILE": "/another/site",
        "DATABASE_URL_FILE": "/another/site",
        "SESSION_AUDIENCE": "https://another.example",
        "ALLOWED_HOSTS": "another.example",
    }
    monkeypatch.setattr(os, "environ", variables)
    return variables


def test_the_demo_has_settings_of_its_own(environment: dict[str, str], tmp_path: Path) -> None:
    demo._set_environment(tmp_path / ".demo", "8123")
    assert environment["BASE_URL"] == "http://localhost:8123"
    assert environment["DATABASE_URL"] == f"sqlite:///{tmp_path}/.demo/db.sqlite3"
    assert environment["DEMO"] == "true"
    assert environment["PATH"] == "/bin"
    assert "another" not in "".join(environment.values())


def test_the_demos_keys_are_good_secret_and_kept(
    environment: dict[str, str], tmp_path: Path
) -> None:
    demo._set_environment(tmp_path / ".demo", "8000")
    env = Environment(dict(environment))
    first = (env.secret("SECRET_KEY"), env.keys("ENCRYPTION_KEYS"))
    env.check()
    assert len(first[0]) >= 50
    demo._set_environment(tmp_path / ".demo", "8000")
    assert (env.secret("SECRET_KEY"), env.keys("ENCRYPTION_KEYS")) == first


def test_the_demos_files_are_for_their_owner_alone(
    environment: dict[str, str], tmp_path: Path
) -> None:
    demo._set_environment(tmp_path / ".demo", "8000")
    assert (tmp_path / ".demo").stat().st_mode & 0o77 == 0
    for file in (tmp_path / ".demo").iterdir():
        assert file.stat().st_mode & 0o77 == 0


def test_a_secret_has_as_many_bytes_as_asked_for(tmp_path: Path) -> None:
    text = Path(demo._secret_file(tmp_path / "secret", length=32)).read_text()
    assert len(base64.urlsafe_b64decode(text)) == 32


@pytest.mark.parametrize("number", ["http", "", "70000", "-1"], ids=repr)
def test_a_port_is_refused_that_is_none(number: str) -> None:
    with pytest.raises(SystemExit, match="Try: make demo PORT=<another port>"):
        demo._refuse_taken_port("PORT", number)


def test_a_port_is_refused_on_which_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = str(other.getsockname()[1])
        with pytest.raises(SystemExit, match=f"PORT={number} is not free"):
            demo._refuse_taken_port("PORT", number)
    demo._refuse_taken_port("PORT", number)


def test_two_of_the_demo_cannot_have_one_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = str(other.getsockname()[1])
    with pytest.raises(SystemExit, match=f"APP_PORT={free} is not free. Try: make demo APP_PORT="):
        demo._refuse_taken_ports({"PORT": free, "APP_PORT": free})


def test_the_app_gets_no_setting_of_a_site(environment: dict[str, str]) -> None:
    inherited = demo._shell()
    assert inherited["PATH"] == "/bin"
    assert "another" not in "".join(inherited.values())


@pytest.mark.django_db
def test_the_app_is_rewritten_at_every_start(alice: User) -> None:
    demo._write_app("http://127.0.0.1:9001", "old")
    app = App.objects.get()
    App.objects.update(enabled=False, audience="chosen", groups=["editors"], pkce="neither")
    app.people.add(alice)
    now = timezone.now()
    session = Session.objects.create(user=alice, expires_at=now, auth_time=now)
    grant = Grant.objects.create(app=app, session=session, auth_time=now)

    demo._write_app("http://127.0.0.1:9100", "new")

    app.refresh_from_db()
    assert (app.client_id, app.enabled, app.audience, app.groups) == (
        "demo-app",
        True,
        "everybody",
        [],
    )
    assert (app.launch_url, app.redirect_uris, app.post_logout_redirect_uris) == (
        "http://127.0.0.1:9100/",
        ["http://127.0.0.1:9100/signed-in"],
        ["http://127.0.0.1:9100/signed-out"],
    )
    assert (app.secret_digest, app.pkce) == (digest_of("new"), "required")
    assert not app.people.exists()
    assert Grant.objects.filter(pk=grant.pk, app=app).exists()
    assert SigningKey.objects.filter(purpose=SigningKey.Purpose.ID_TOKEN).count() == 1


@pytest.mark.django_db
def test_the_providers_are_rewritten_at_every_start(tmp_path: Path) -> None:
    for secret in ("old", "new"):
        providers = [provider("demo", client_secret=secret), provider("other")]
        control = tmp_path / "control.json"
        control.write_text(json.dumps({"providers": providers, "people": [ADA]}))
        demo._write_providers(control.as_uri())
        Provider.objects.update(enabled=False)
    demo._write_providers(control.as_uri())
    rows = [(row.slug, row.client_secret, row.enabled) for row in Provider.objects.all()]
    assert rows == [("demo", "new", True), ("other", "other-secret", True)]
    assert all(row.may_vouch_for("example.com") for row in Provider.objects.all())


@pytest.mark.django_db
def test_the_providers_may_vouch_for_the_addresses_of_the_whole_cast(tmp_path: Path) -> None:
    control = tmp_path / "control.json"
    cast = [person.as_json() for person in CAST]
    control.write_text(json.dumps({"providers": [provider("demo")], "people": cast}))
    demo._write_providers(control.as_uri())
    granted = Provider.objects.get().vouches_for
    assert granted == "example.com, example.net, example.org"


@pytest.mark.django_db
def test_one_of_the_cast_is_the_admin_through_any_of_the_three() -> None:
    demo._write_admin(ADA)
    ada = User.objects.get(is_staff=True, is_superuser=True)
    accounts = SocialAccount.objects.filter(user=ada).values_list("provider", "uid")
    assert set(accounts) == {("github", "1001"), ("google", "g-1"), ("demo", "d-1")}
