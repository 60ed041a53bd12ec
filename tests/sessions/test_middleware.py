import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from sessions.models import Session, User
from sessions.session_tokens import issue_session_token
from tests.fakes import hold, session_token

pytestmark = pytest.mark.django_db


def test_a_view_that_needs_only_claims_makes_no_query(
    alices_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = alices_browser.get("/")
    assert answer["Location"] == "/account/"


def test_the_user_is_loaded_once(
    alices_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        answer = alices_browser.get("/admin/login/")
    assert answer.status_code == 403


def test_somebody_suspended_with_a_live_token_is_a_stranger(
    alices_browser: Client, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    answer = alices_browser.get("/account/")
    assert answer["Location"] == "/sign-in/?next=/account/"


def test_somebody_deleted_with_a_live_token_is_a_stranger(
    alices_browser: Client, alice: User
) -> None:
    alice.delete()
    answer = alices_browser.get("/account/")
    assert answer["Location"] == "/sign-in/?next=/account/"


@pytest.mark.parametrize(
    "path", ["/account/", "/admin/", "/admin/signet_sessions/user/", "/account/x/"]
)
def test_a_stranger_is_asked_to_sign_in_before(client: Client, path: str) -> None:
    answer = client.get(path)
    if path == "/account/x/":
        assert answer.status_code == 404
    else:
        assert answer["Location"] == f"/sign-in/?next={path}"


def test_a_bearer_token_opens_a_page(client: Client, alices_token: str) -> None:
    headers = {"authorization": f"Bearer {alices_token}"}
    assert client.get("/account/", headers=headers).status_code == 200


def test_a_bad_bearer_token_opens_no_page_that_the_cookie_would(alices_browser: Client) -> None:
    answer = alices_browser.get("/account/", headers={"authorization": "Bearer broken"})
    assert answer.status_code == 302


def test_a_flood_of_planted_cookies_is_not_validated_one_by_one(
    client: Client, alices_token: str
) -> None:
    planted = "; ".join(["session=planted"] * 4)
    headers = {"cookie": f"{planted}; session={alices_token}"}
    assert client.get("/api/session", headers=headers).status_code == 401


def test_three_planted_cookies_do_not_keep_alice_out(client: Client, alices_token: str) -> None:
    planted = "; ".join(["session=planted"] * 3)
    headers = {"cookie": f"{planted}; session={alices_token}"}
    assert client.get("/api/session", headers=headers).status_code == 200


def test_of_two_csrf_cookies_the_first_counts(alices_token: str) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"})
    secret = "a" * 32
    cookie = f"csrf={secret}; csrf={'b' * 32}; \x85csrf={'c' * 32}; session={alices_token}"
    form = {"csrfmiddlewaretoken": secret}
    answer = browser.post("/sign-out/", form, headers={"cookie": cookie})
    assert answer.status_code == 302


def test_the_scratch_session_signs_nobody_in(client: Client, alice: User) -> None:
    scratch = SessionStore()
    backend = "django.contrib.auth.backends.ModelBackend"
    scratch[SESSION_KEY], scratch[BACKEND_SESSION_KEY] = str(alice.pk), backend
    scratch[HASH_SESSION_KEY] = alice.get_session_auth_hash()
    scratch.save()
    client.cookies["scratch"] = str(scratch.session_key)
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("name", ["session", "sessionid", "scratch"])
def test_a_users_id_in_a_cookie_signs_nobody_in(client: Client, alice: User, name: str) -> None:
    client.cookies[name] = str(alice.pk)
    assert client.get("/account/").status_code == 302


def test_the_cookie_lives_as_long_as_the_session(client: Client, settings: Settings) -> None:
    settings.SESSION_TOKEN_LIFETIME = 120
    root = User.objects.create_superuser("root", "correct horse battery staple")
    form = {"username": root.username, "password": "correct horse battery staple"}
    answer = client.post("/admin/login/", form)
    assert answer.cookies["session"]["max-age"] in (119, 120)
    assert answer["Cache-Control"] == "private, no-store"


def test_signing_in_as_another_ends_the_session_before(
    alices_browser: Client, alices_token: str, alices_session: Session
) -> None:
    User.objects.create_superuser("root", "correct horse battery staple")
    User.objects.filter(pk=alices_session.user.pk).update(is_staff=True)
    form = {"username": "root", "password": "correct horse battery staple"}
    answer = alices_browser.post("/admin/login/", form)
    assert answer.cookies["session"].value not in ("", alices_token)
    headers = {"authorization": f"Bearer {alices_token}"}
    assert alices_browser.get("/api/session", headers=headers).status_code == 401


def test_a_response_to_somebody_signed_in_sets_no_cookie(alices_browser: Client) -> None:
    assert "session" not in alices_browser.get("/api/session").cookies


def test_a_token_of_bob_is_not_a_token_of_alice(
    client: Client, alices_token: str, bob: User
) -> None:
    hold(client, session_token(bob))
    headers = {"authorization": f"Bearer {alices_token}"}
    assert client.get("/api/session", headers=headers).json()["name"] == "Alice Archer"
    assert client.get("/api/session").json()["sub"] == str(bob.pk)


def test_an_expired_session_token_is_no_credential(client: Client, alices_session: Session) -> None:
    client.cookies["session"] = issue_session_token(alices_session, alices_session.user, now=1).text
    assert client.get("/account/").status_code == 302
