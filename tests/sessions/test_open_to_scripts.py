"""A token for a script is a smaller thing than its owner: where it is let in, and that is all."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils import timezone

from config.urls import urlpatterns as site
from sessions.access import group_required, login_required, open_to_scripts
from sessions.models import Session, User
from sessions.recent_sign_in import recent_sign_in_required
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token, validate_session_token
from tests.conftest import BASE_URL
from tests.fakes import hold, session_token
from tests.rehearsal import Stage
from tests.sessions.outage import database_gone
from tests.sessions.tokens import changed, claims_of

pytestmark = pytest.mark.django_db
SAMPLES = {"uuid": "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "int": "1"}
SESSION, REFRESH = "/api/session", "/api/session/refresh"
FOR_THIS_SITE = [BASE_URL]


def person(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user))


urlpatterns = [
    *site,
    path("closed/", person),
    path("person/", login_required(person)),
    path("opened/", open_to_scripts(person)),
    path("opened-inside/", login_required(open_to_scripts(person))),
    path("opened-outside/", open_to_scripts(login_required(person))),
    path("editors/", open_to_scripts(group_required("editors")(person))),
    path("recent/", open_to_scripts(recent_sign_in_required(person))),
]
OPENED = ["/opened/", "/opened-inside/", "/opened-outside/"]


@pytest.fixture(autouse=True)
def _views_of_the_team(monkeypatch: pytest.MonkeyPatch) -> None:
    # `settings` would tell Django, which forgets all addresses then and compiles them anew.
    monkeypatch.setattr("django.conf.settings.ROOT_URLCONF", __name__)


@pytest.fixture
def admin(alice: User) -> User:
    """Alice, who may do everything, and has just signed in."""
    alice.is_staff = alice.is_superuser = True
    alice.save()
    return alice


def script_of(user: User, audience: list[str] | None = None, scope: str = "openid") -> Session:
    now = timezone.now()
    return Session.objects.create(
        user=user,
        holder=Session.Holder.SCRIPT,
        name="backup",
        scope=scope,
        audience=audience or [],
        auth_time=now,
        expires_at=now + timedelta(hours=1),
    )


def token_of(session: Session) -> str:
    return issue_session_token(session, session.user).text


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def addresses(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "/"
) -> Iterator[str]:
    """Return every address of the site, with a sample of each kind of value in it."""
    for pattern in patterns if patterns is not None else get_resolver("config.urls").url_patterns:
        address = prefix + re.sub(
            r"<(?:(\w+):)?\w+>", lambda m: SAMPLES.get(m[1], "1"), str(pattern.pattern)
        )
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        elif "(?P" not in address:
            yield address


CLOSED = sorted(set(addresses()) - {SESSION})


def told(client: Client, method: str, address: str, **headers: str) -> tuple[int, str]:
    answer = client.generic(method, address, headers=headers)
    return answer.status_code, answer.get("Location", "")


# Nowhere else


def test_the_sweep_has_the_addresses_that_matter() -> None:
    assert {"/account/", "/account/connections/", "/account/tokens/", "/account/data/"} <= {*CLOSED}
    assert {"/admin/", "/admin/signet_sessions/user/", "/admin/audit/auditevent/"} <= {*CLOSED}
    assert {"/sign-out/", "/sign-in/1/", "/sign-in/1/callback/", REFRESH} <= {*CLOSED}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everywhere_else_its_owner_is_a_stranger(client: Client, admin: User, method: str) -> None:
    token = token_of(script_of(admin, audience=FOR_THIS_SITE, scope="openid profile email groups"))
    for address in CLOSED:
        stranger, broken = (told(client, method, address, **given) for given in ({}, bearer("x")))
        refused = (403, "") if broken[1].startswith("/sign-in/?next=") else broken
        assert told(client, method, address, **bearer(token)) == refused, address
        assert told(client, method, address, cookie=f"session={token}") == stranger, address


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
@pytest.mark.parametrize("address", [SESSION, *OPENED])
def test_a_cookie_with_it_is_nobodys(
    client: Client, admin: User, method: str, address: str
) -> None:
    session = script_of(admin, audience=FOR_THIS_SITE)
    headers = {"cookie": f"session={token_of(session)}", "origin": BASE_URL}
    assert told(client, method, address, **headers) == told(client, method, address)
    session.refresh_from_db()
    assert session.revoked_at is None


def test_it_does_not_hide_the_browser_that_it_is_planted_in(
    client: Client, admin: User, bob: User
) -> None:
    cookie = f"session={token_of(script_of(admin))}; session={session_token(bob)}"
    assert client.get(SESSION, headers={"cookie": cookie}).json()["sub"] == str(bob.pk)


@pytest.mark.parametrize("address", ["/account/", "/admin/", SESSION, REFRESH, "/"])
def test_its_refresh_token_in_a_cookie_makes_no_browser(
    client: Client, admin: User, address: str
) -> None:
    session = script_of(admin)
    cookie = f"refresh={issue_refresh_token(session)}"
    method = "POST" if address == REFRESH else "GET"
    headers = {"cookie": cookie, "origin": BASE_URL}
    assert told(client, method, address, **headers) == told(
        client, method, address, origin=BASE_URL
    )
    session.refresh_from_db()
    assert (session.generation, session.revoked_at) == (0, None)
    body = {"refresh_token": issue_refresh_token(session)}
    assert client.post(REFRESH, body, content_type="application/json").status_code == 200


def test_a_retired_refresh_token_in_a_cookie_makes_no_browser_either(
    client: Client, admin: User
) -> None:
    session = script_of(admin)
    retired = issue_refresh_token(session)
    client.post(REFRESH, {"refresh_token": retired}, content_type="application/json")
    answer = client.get("/account/", headers={"cookie": f"refresh={retired}"})
    assert (answer.status_code, bool(answer.cookies)) == (302, False)


def test_a_refused_program_is_told_what_its_token_is(client: Client, admin: User) -> None:
    answer = client.get("/admin/", headers=bearer(token_of(script_of(admin))))
    assert answer["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "A token for a script is not accepted here."
    guarded = client.get("/person/", headers=bearer(token_of(script_of(admin))))
    assert (guarded.status_code, guarded.json()) == (403, answer.json())


def test_it_finishes_no_connection_that_its_owner_began(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "github", "alice")
    begun = client.post("/account/connections/", {"connect": "demo"})
    back = stage.simulator.choose(begun["Location"], "alice", "allow") or ""
    token = token_of(script_of(User.objects.get(), audience=FOR_THIS_SITE))
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    assert stage.come_back(client, back).startswith("/sign-in/failed/")
    assert not SocialAccount.objects.filter(provider="demo").exists()


def test_a_sign_in_beside_it_is_a_strangers_and_leaves_it_alone(
    client: Client, admin: User, stage: Stage
) -> None:
    session = script_of(admin, audience=FOR_THIS_SITE)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token_of(session)}"
    assert stage.sign_in(client, "github", "alice") == "/account/"
    session.refresh_from_db()
    assert session.revoked_at is None


# Where it is let in


def test_at_the_api_it_says_what_its_owner_chose(client: Client, admin: User) -> None:
    token = token_of(script_of(admin))
    assert client.get(SESSION, headers=bearer(token)).json() == claims_of(token)


@pytest.mark.parametrize("address", OPENED)
def test_a_view_lets_it_in_by_one_line(client: Client, admin: User, address: str) -> None:
    token = token_of(script_of(admin, audience=FOR_THIS_SITE))
    assert client.get(address, headers=bearer(token)).content == b"Alice Archer"
    assert client.get(address, headers=bearer(session_token(admin))).content == b"Alice Archer"
    assert client.get(address).status_code in (302, 401)


@pytest.mark.parametrize("address", OPENED)
def test_a_view_refuses_one_that_is_for_the_api_alone(
    client: Client, admin: User, address: str
) -> None:
    answer = client.get(address, headers=bearer(token_of(script_of(admin))))
    assert answer.status_code == 403


def test_its_groups_open_a_view_only_if_it_says_them(client: Client, admin: User) -> None:
    for scope, status in (("openid", 403), ("openid groups", 200)):
        session = script_of(admin, audience=FOR_THIS_SITE, scope=scope)
        session.groups = ["editors"]
        answer = client.get("/editors/", headers=bearer(token_of(session)))
        assert answer.status_code == status


def test_it_is_no_recent_sign_in(client: Client, admin: User) -> None:
    token = token_of(script_of(admin, audience=FOR_THIS_SITE))
    assert client.get("/recent/", headers=bearer(token)).status_code == 403
    copied = session_token(admin)
    assert client.get("/recent/", headers=bearer(copied)).status_code == 403
    hold(client, copied)
    assert client.get("/recent/").status_code == 200


def test_it_ends_itself_and_nobody_else(client: Client, admin: User) -> None:
    browser, session, other = session_token(admin), script_of(admin), script_of(admin)
    client.cookies["session"] = browser
    answer = client.delete(SESSION, headers=bearer(token_of(session)))
    assert (answer.status_code, bool(answer.cookies)) == (204, False)
    assert client.get(SESSION, headers=bearer(token_of(session))).status_code == 401
    assert client.get(SESSION).status_code == 200
    other.refresh_from_db()
    assert other.revoked_at is None


def test_a_browsers_own_sign_out_takes_its_cookies_back(client: Client, admin: User) -> None:
    hold(client, session_token(admin))
    answer = client.delete(SESSION, headers={"origin": BASE_URL})
    assert answer.cookies["session"]["max-age"] == 0


def test_while_the_database_is_gone_it_changes_nothing(client: Client, admin: User) -> None:
    token = token_of(script_of(admin))
    with database_gone():
        assert client.get(SESSION, headers=bearer(token)).status_code == 200
        assert client.delete(SESSION, headers=bearer(token)).status_code == 401


# Whom it is for


@pytest.mark.parametrize(
    "audience",
    [
        "https://reports.example",
        [],
        None,
        BASE_URL + "/",
        f"{BASE_URL}/api/session/",
        f"{BASE_URL}/api",
    ],
    ids=str,
)
def test_one_for_somebody_else_is_refused(client: Client, admin: User, audience: object) -> None:
    token = changed(token_of(script_of(admin)), {"aud": audience})
    assert client.get(SESSION, headers=bearer(token)).status_code == 401


def test_a_browsers_jwt_has_to_be_for_the_whole_site(client: Client, admin: User) -> None:
    token = changed(session_token(admin), {"aud": f"{BASE_URL}/api/session"})
    assert client.get(SESSION, headers=bearer(token)).status_code == 401


def test_nothing_of_it_outlives_it(client: Client, admin: User) -> None:
    session = script_of(admin)
    Session.objects.update(expires_at=timezone.now() + timedelta(seconds=30))
    body = {"refresh_token": issue_refresh_token(session)}
    answer = client.post(REFRESH, body, content_type="application/json").json()
    assert answer["expires_in"] <= 30
    assert validate_session_token(answer["access_token"]).claims["exp"] <= time.time() + 31
