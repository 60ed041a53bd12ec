"""The authorization endpoint: who is asked what, and what the app gets instead of a code."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from oidc_provider.failure_rows import AppFailureCount
from oidc_provider.models import App, Audience, Consent, Grant
from sessions.lifetime import revoke
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token
from tests.conftest import HOST
from tests.fakes import add_provider, hold
from tests.oidc_provider.party import RelyingParty

ISSUER = "http://localhost:8000"


def error_of(party: RelyingParty, **changes: Any) -> str:
    """Return the error that the app gets; it always says who answers, and to what."""
    answer = party.answer(party.authorize(**changes))
    assert (answer["iss"], answer["state"]) == (ISSUER, "the state")
    assert "code" not in answer
    return str(answer["error"])


# No destination: a page, and nobody is sent on


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "unknown"},
        {"client_id": "x" * 5000},
        {"client_id": "graf\0ana"},
        {"client_id": ["grafana", "grafana"]},
        {"redirect_uri": None},
        {"redirect_uri": "https://mallory.example/"},
        {"redirect_uri": "https://grafana.example/login/generic_oauth/"},
        {"redirect_uri": "https://grafana.example/login/generic_oauth?x=1"},
        {"redirect_uri": ["https://grafana.example/login/generic_oauth"] * 2},
        {"redirect_uri": "\ud800"},
        {"request_uri": "urn:ietf:params:oauth:request_uri:unknown"},
    ],
)
def test_a_page_says_that_the_app_is_wrong(party: RelyingParty, changes: dict[str, Any]) -> None:
    address = urlencode(party.query(**changes), doseq=True, errors="surrogatepass")
    response = party.browser.get(f"/oauth/authorize?{address}")
    assert response.status_code == 400
    assert b'class="reference"' in response.content
    assert not Grant.objects.exists()


def test_a_person_who_may_not_use_an_app_reads_once_whom_to_ask(party: RelyingParty) -> None:
    App.objects.update(audience=Audience.CHOSEN)
    page = party.authorize().content.decode()
    assert page.count("an admin of this site") == 1
    assert "Give the admin this reference:" in page


def test_an_app_that_is_switched_off(party: RelyingParty) -> None:
    App.objects.update(enabled=False)
    assert party.authorize().status_code == 400


def test_a_form_that_no_address_can_hold_gets_a_page_and_is_kept(party: RelyingParty) -> None:
    response = party.browser.post("/oauth/authorize", party.query(state="s" * 9000))
    assert response.status_code == 400
    assert b'class="reference"' in response.content
    fits = party.browser.post("/oauth/authorize", party.query(state="s" * 7000))
    assert fits.status_code == 303


# A destination: the app is told


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://grafana.example/request"}, "request_uri_not_supported"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "x"}, "invalid_request"),
        ({"scope": ["openid", "openid"]}, "invalid_request"),
        ({"id_token_hint": "not.a.token"}, "invalid_request"),
        ({"resource": "https://api.example/"}, "invalid_target"),
    ],
)
def test_the_app_is_told(party: RelyingParty, changes: dict[str, Any], error: str) -> None:
    assert error_of(party, **changes) == error
    assert not Grant.objects.exists()


def test_a_pushed_request_is_for_its_own_client(party: RelyingParty, phone: App) -> None:
    request_uri = party.post("/oauth/par", **party.query()).json()["request_uri"]
    query = {"client_id": "phone", "request_uri": request_uri}
    assert party.browser.get("/oauth/authorize", query).status_code == 400


def test_a_pushed_request_cannot_be_changed(party: RelyingParty) -> None:
    request_uri = party.post("/oauth/par", **party.query()).json()["request_uri"]
    query = {"client_id": "grafana", "request_uri": request_uri, "nonce": "mallory's"}
    party.browser.get("/oauth/authorize", query)
    assert Grant.objects.get().nonce == "the nonce"


EMPTY = ("request", "request_uri", "resource", "prompt", "max_age", "id_token_hint", "since")


@pytest.mark.parametrize("name", EMPTY)
def test_a_parameter_without_a_value_is_not_there(party: RelyingParty, name: str) -> None:
    """RFC 6749 §3.1."""
    tokens = party.tokens(**{name: ""})
    assert party.userinfo(tokens["access_token"]).status_code == 200
    assert party.refresh(tokens["refresh_token"], **{name: ""}).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods(party: RelyingParty, method: str) -> None:
    assert getattr(party.browser, method)("/oauth/authorize").status_code == 405


def test_a_bearer_token_signs_nobody_in(party: RelyingParty, alices_token: str) -> None:
    stranger = Client(headers={"host": HOST, "authorization": f"Bearer {alices_token}"})
    assert stranger.get("/oauth/authorize", party.query())["Location"].startswith("/sign-in/")


# Signing in


def next_of(response: Any) -> str:
    assert response.status_code in (302, 303), response.content
    address = urlsplit(response["Location"])
    assert address.path == "/sign-in/"
    return str(parse_qs(address.query)["next"][0])


def test_a_stranger_signs_in_first_and_then_goes_on(
    party: RelyingParty, client: Client, alices_token: str
) -> None:
    stranger = Client(headers={"host": HOST})
    next_ = next_of(stranger.get("/oauth/authorize", party.query()))
    assert next_.startswith("/oauth/authorize?client_id=grafana")
    hold(stranger, alices_token)
    assert party.answer(stranger.get(next_))["code"]


def test_a_long_request_waits_meanwhile(party: RelyingParty, alices_token: str) -> None:
    stranger = Client(headers={"host": HOST})
    next_ = next_of(stranger.get("/oauth/authorize", party.query(state="s" * 3000)))
    assert len(next_) < 2048
    hold(stranger, alices_token)
    assert party.answer(stranger.get(next_))["state"] == "s" * 3000


def test_nobody_is_asked_with_prompt_none(party: RelyingParty) -> None:
    stranger = RelyingParty(Client(headers={"host": HOST}), party.app)
    assert error_of(stranger, prompt="none") == "login_required"
    assert party.code(prompt="none")


def test_a_session_that_has_ended_counts_no_more(
    party: RelyingParty, alices_session: Session
) -> None:
    Session.objects.update(revoked_at=timezone.now())
    assert "again=1" in party.authorize()["Location"]
    assert error_of(party, prompt="none") == "login_required"


def test_a_jwt_from_before_the_person_signed_in_again_begins_nothing(
    party: RelyingParty,
) -> None:
    Session.objects.update(generation=2, first_generation=2)
    assert error_of(party, prompt="none") == "login_required"


def test_who_has_copied_a_jwt_gets_no_code_that_outlives_it(
    party: RelyingParty, alices_token: str
) -> None:
    mallory = RelyingParty(Client(headers={"host": HOST}), party.app)
    mallory.browser.cookies["session"] = alices_token
    assert "again=1" in mallory.authorize()["Location"]
    assert error_of(mallory, prompt="none") == "login_required"
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    ("generation", "is_held"),
    [(0, False), (1, False), (2, True), (3, True), (4, True)],
    ids=["first", "old", "before", "present", "next"],
)
def test_the_refresh_cookie_of_the_jwt_or_a_neighbour_has_to_come_with_it(
    party: RelyingParty, alices_session: Session, generation: int, *, is_held: bool
) -> None:
    """Of two tabs, one may have been refreshed while the other one asks."""
    Session.objects.update(generation=3)
    alices_session.refresh_from_db()
    party.browser.cookies["session"] = issue_session_token(alices_session, alices_session.user).text
    alices_session.generation = generation
    party.browser.cookies["refresh"] = issue_refresh_token(alices_session)
    answer = party.answer(party.authorize(prompt="none"))
    assert ("code" in answer) is is_held


@pytest.mark.parametrize("planted", ["of bob", "no token"])
def test_another_refresh_cookie_stands_for_no_session(
    party: RelyingParty, bob: User, planted: str
) -> None:
    theirs = Session.objects.create(
        user=bob, auth_time=timezone.now(), expires_at=timezone.now() + timedelta(hours=1)
    )
    value = issue_refresh_token(theirs) if planted == "of bob" else "x"
    party.browser.cookies["refresh"] = value
    assert error_of(party, prompt="none") == "login_required"


def test_a_browser_whose_jwt_has_expired_is_refreshed_and_goes_on(party: RelyingParty) -> None:
    del party.browser.cookies["session"]
    assert party.code()
    assert party.code()


def test_a_suspended_person_is_a_stranger(party: RelyingParty, alice: User) -> None:
    User.objects.update(is_active=False)
    assert error_of(party, prompt="none") == "login_required"


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}])
def test_somebody_who_signed_in_long_ago_is_asked_again(
    party: RelyingParty, alices_session: Session, changes: dict[str, str]
) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.update(auth_time=long_ago)
    response = party.authorize(**changes)
    assert "again=1" in response["Location"]
    next_ = next_of(response)
    assert "again=1" in party.browser.get(next_)["Location"], "they have not signed in"
    Session.objects.update(auth_time=timezone.now() + timedelta(seconds=1))
    assert party.answer(party.browser.get(next_))["code"]


def test_what_is_asked_again_cannot_be_taken_out_of_the_address(party: RelyingParty) -> None:
    Session.objects.update(auth_time=timezone.now() - timedelta(hours=1))
    other = next_of(party.authorize(prompt="login", nonce="another"))
    mark = parse_qs(urlsplit(other).query)["since"][0]
    Session.objects.update(auth_time=timezone.now() + timedelta(seconds=1))
    assert "again=1" in party.authorize(prompt="login", since=mark)["Location"]


def test_a_mark_from_another_browser_spares_nobody_the_sign_in(party: RelyingParty) -> None:
    """Mallory sends the link to Alice, who signs in for another reason."""
    Session.objects.update(auth_time=timezone.now() - timedelta(hours=1))
    mallory = RelyingParty(Client(headers={"host": HOST}), party.app)
    link = next_of(mallory.authorize(prompt="login"))
    party.authorize(prompt="login")
    Session.objects.update(auth_time=timezone.now() + timedelta(seconds=1))
    assert "again=1" in party.browser.get(link)["Location"]


def test_a_choice_that_was_made_for_an_app_is_asked_again_after_ten_minutes(
    party: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = party.authorize(prompt="select_account")
    later = time.time() + 601
    monkeypatch.setattr("oidc_provider.asking.time.time", lambda: later)
    assert party.browser.get(page.context["same"]).context["same"]


def test_a_request_that_asks_for_nothing_leaves_no_mark_and_no_cookie(
    party: RelyingParty,
) -> None:
    stranger = RelyingParty(Client(headers={"host": HOST}), party.app)
    response = stranger.authorize()
    assert "since=" not in next_of(response)
    assert "late" not in response.cookies


def test_several_requests_and_forms_of_one_browser_share_its_secrets(party: RelyingParty) -> None:
    Session.objects.update(auth_time=timezone.now() - timedelta(hours=1))
    party.browser.cookies["late"] = "one.two.three"
    links = [next_of(party.authorize(prompt="login", nonce=nonce)) for nonce in ("a", "b")]
    assert party.browser.cookies["late"].value == "one.two.three"
    Session.objects.update(auth_time=timezone.now() + timedelta(seconds=1))
    assert all(party.answer(party.browser.get(link))["code"] for link in links)


@pytest.mark.parametrize("mark", ["1~", "x~y", "99999999999~" + "A" * 43, "~", "1.2~é", "-1~x"])
def test_a_mark_that_is_none(party: RelyingParty, mark: str) -> None:
    assert "again=1" in party.authorize(prompt="login", since=mark)["Location"]


def test_max_age_is_met_by_a_recent_sign_in(party: RelyingParty) -> None:
    assert party.code(max_age="300")
    assert error_of(party, max_age="0", prompt="none") == "login_required"


def test_a_hint_of_another_person_asks_for_that_one(
    party: RelyingParty, bob: User, alice: User
) -> None:
    hint = party.tokens()["id_token"]
    assert party.code(id_token_hint=hint)
    Session.objects.update(user=bob)
    assert "again=1" in party.authorize(id_token_hint=hint)["Location"]
    assert error_of(party, id_token_hint=hint, prompt="none") == "login_required"


def test_a_hint_has_to_be_an_id_token_of_this_app(party: RelyingParty, phone: App) -> None:
    other = RelyingParty(party.browser, phone).tokens()
    assert error_of(party, id_token_hint=other["id_token"]) == "invalid_request"
    assert error_of(party, id_token_hint=party.tokens()["access_token"]) == "invalid_request"


def test_a_choice_of_the_account(party: RelyingParty) -> None:
    page = party.authorize(prompt="select_account")
    assert page.status_code == 200
    assert error_of(party, prompt="none select_account") == "invalid_request"
    same = page.context["same"]
    assert party.answer(party.browser.get(same))["code"]


# Who may use the app


def test_somebody_who_may_not_reads_what_would_let_them_in(party: RelyingParty) -> None:
    App.objects.update(audience=Audience.CHOSEN, groups=["staff", "ops"])
    page = party.authorize()
    assert page.status_code == 403
    assert b"<code>staff</code>" in page.content
    back = page.context["back"]
    assert back.startswith("https://grafana.example/login/generic_oauth?error=access_denied")
    assert "state=the+state" in back
    assert error_of(party, prompt="none") == "access_denied"


@pytest.mark.parametrize("way", ["rule", "hand", "name"])
def test_somebody_who_may(party: RelyingParty, alice: User, way: str) -> None:
    App.objects.update(audience=Audience.CHOSEN, groups=["staff"])
    if way == "rule":
        Session.objects.update(groups=["staff"])
    elif way == "hand":
        User.objects.update(given_groups=["staff"])
    else:
        party.app.people.add(alice)
    assert party.tokens()["id_token"]


# Consent


@pytest.fixture
def foreign(party: RelyingParty) -> RelyingParty:
    """An app that is not of the team."""
    App.objects.update(is_of_team=False)
    return party


def decide(party: RelyingParty, page: Any, decision: str) -> Any:
    fields = {name: page.context[name] for name in ("sent", "key")}
    return party.browser.post("/oauth/authorize/decision", fields | {"decision": decision})


def test_a_foreign_app_has_to_be_allowed_once(foreign: RelyingParty, alice: User) -> None:
    page = foreign.authorize()
    assert page.status_code == 200
    assert "form-action" not in page["Content-Security-Policy"]
    assert not Grant.objects.exists()
    assert foreign.answer(decide(foreign, page, "allow"))["code"]
    assert foreign.code()
    assert Consent.objects.get().user_id == alice.pk


def test_the_person_can_say_no(foreign: RelyingParty) -> None:
    answer = foreign.answer(decide(foreign, foreign.authorize(), "deny"))
    assert (answer["error"], answer["iss"], answer["state"]) == (
        "access_denied",
        ISSUER,
        "the state",
    )
    assert not Consent.objects.exists()


def test_more_has_to_be_allowed_once_more(foreign: RelyingParty) -> None:
    decide(foreign, foreign.authorize(scope="openid email"), "allow")
    assert foreign.code(scope="openid")
    assert foreign.authorize(scope="openid groups").status_code == 200
    decide(foreign, foreign.authorize(scope="openid groups"), "allow")
    assert foreign.code(scope="openid email groups")


def test_prompt_none_succeeds_only_with_consent_to_this_app(
    foreign: RelyingParty, phone: App, alice: User
) -> None:
    Consent.objects.create(app=phone, user=alice, scopes=["openid", "profile"])
    assert error_of(foreign, prompt="none") == "consent_required"


def test_an_app_may_ask_for_consent(party: RelyingParty) -> None:
    page = party.authorize(prompt="consent")
    assert page.status_code == 200
    assert party.answer(decide(party, page, "allow"))["code"]


@pytest.mark.parametrize("uri", ["com.example.phone:/cb", "http://127.0.0.1:51234/cb"])
def test_no_code_goes_to_what_any_program_could_be_before_a_page_was_seen(
    alices_browser: Client, phone: App, uri: str
) -> None:
    party = RelyingParty(alices_browser, phone)
    page = party.authorize(redirect_uri=uri)
    assert page.status_code == 200
    silent = party.authorize(redirect_uri=uri, prompt="none")
    assert "error=consent_required" in silent["Location"]
    assert decide(party, page, "allow")["Location"].startswith(f"{uri}?code=")
    assert "code=" in party.authorize(redirect_uri=uri)["Location"]


def test_two_clicks_make_one_grant(foreign: RelyingParty) -> None:
    page = foreign.authorize()
    codes = [foreign.answer(decide(foreign, page, "allow"))["code"] for _ in range(2)]
    assert codes[0] == codes[1]
    assert Grant.objects.count() == 1


def test_the_key_of_somebody_elses_grant_gives_no_code(
    foreign: RelyingParty, bob: User, alices_session: Session
) -> None:
    page = foreign.authorize()
    theirs = Grant.objects.create(
        app=foreign.app,
        session=Session.objects.create(
            user=bob, auth_time=timezone.now(), expires_at=timezone.now() + timedelta(hours=1)
        ),
        scope="openid",
        redirect_uri=foreign.app.redirect_uris[0],
        auth_time=timezone.now(),
    )
    fields = {"sent": page.context["sent"], "key": str(theirs.pk), "decision": "allow"}
    answer = foreign.answer(foreign.browser.post("/oauth/authorize/decision", fields))
    assert "code" not in answer


def test_a_decision_needs_the_csrf_token(foreign: RelyingParty, alices_token: str) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(strict, alices_token)
    sent = urlencode(foreign.query())
    fields = {"sent": sent, "key": "", "decision": "allow"}
    assert strict.post("/oauth/authorize/decision", fields).status_code == 403
    assert not Grant.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "\0", "0" * 5000])
def test_a_decision_with_a_key_that_is_none(foreign: RelyingParty, key: str) -> None:
    sent = urlencode(foreign.query())
    fields = {"sent": sent, "key": key, "decision": "allow"}
    assert foreign.answer(foreign.browser.post("/oauth/authorize/decision", fields))["code"]


def test_a_decision_with_a_nul_in_its_request(foreign: RelyingParty) -> None:
    sent = f"{urlencode(foreign.query(nonce='n'))}%00"
    fields = {"sent": sent, "key": "", "decision": "allow"}
    assert foreign.browser.post("/oauth/authorize/decision", fields).status_code in (303, 400)


def test_three_queries(
    party: RelyingParty, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    party.authorize()
    with django_assert_max_num_queries(3):
        party.code()


def test_a_session_that_ends_while_the_code_travels(
    party: RelyingParty, alices_session: Session
) -> None:
    code = party.code()
    revoke(str(alices_session.pk), Session.End.SIGNED_OUT)
    assert party.exchange(code).json()["error"] == "invalid_grant"


def test_an_app_may_say_through_which_provider(party: RelyingParty) -> None:
    add_provider("github", "github")
    stranger = RelyingParty(Client(headers={"host": HOST}), party.app)
    assert stranger.authorize(provider_hint="github")["Location"].startswith("https://github.com/")
    for unknown in ("gitlab", "x" * 500):
        assert stranger.authorize(provider_hint=unknown)["Location"].startswith("/sign-in/?")
    assert party.code(provider_hint="github")


def test_a_grant_and_a_count_name_themselves(party: RelyingParty) -> None:
    party.code()
    grant = Grant.objects.get()
    assert str(grant) == str(grant.pk)
    count = AppFailureCount(day="2026-12-01", client_id="grafana", refusal="code_used")
    assert str(count) == "2026-12-01 grafana code_used"
