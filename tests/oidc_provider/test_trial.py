"""A try-out of an app: the whole flow, from which nothing is left and nothing can leave."""

import html
import pickle
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from oidc_provider import failures
from oidc_provider.failure_rows import AppFailure
from oidc_provider.models import App, Audience, Authentication, Consent, Grant
from sessions.models import Session, User
from tests.conftest import BASE_URL, HOST
from tests.fakes import hold, session_token
from tests.oidc_provider.admin_pages.conftest import admin
from tests.oidc_provider.admin_pages.forms import page
from tests.oidc_provider.party import RelyingParty, parts_of
from tests.sessions.outage import cache_gone

__all__ = ["admin"]
pytestmark = pytest.mark.django_db
WORKS = "Sign-in works."


def begin(browser: Client, app: App) -> str:
    """Press the button; return where the browser is sent."""
    response = browser.post(page(app, "try"))
    assert response.status_code == 303
    return str(response["Location"])


def parameters_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def followed(browser: Client, address: str) -> Any:
    """Go where the browser is sent, until a page comes."""
    for _ in range(6):
        response = browser.get(address.removeprefix(BASE_URL))
        if response.status_code not in (302, 303):
            return response
        address = response["Location"]
    raise AssertionError("goes round in a circle")


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_the_whole_flow_ends_on_a_page_with_all_that_tokens_say(
    admin: Client, grafana: App, alices_session: Session
) -> None:
    shown = text_of(followed(admin, begin(admin, grafana)))
    assert WORKS in shown
    spoken = " ".join(shown.split())
    assert "Step 1: Grafana to Browser: redirect to Signet" in spoken
    assert "Step 2: Signet to Browser: redirect to the app" in spoken
    assert "Step 3: Grafana to Signet: token request" in spoken
    assert not re.search(
        "(?i)provider", "".join(re.findall("<svg.*?</svg>", shown, re.DOTALL)[-1:])
    )
    for title in ("ID token", "Access token", "Userinfo", "Messages", "What was sent"):
        assert shown.count(f">{title}</h2>") == 1
    assert shown.count(f'"sub": "{alices_session.user_id}"') == 3
    assert "200 OK" in shown


def test_the_id_token_is_shown_as_an_app_gets_it(
    admin: Client, grafana: App, party: RelyingParty
) -> None:
    """Also what is false or empty."""
    EmailAddress.objects.all().delete()
    Session.objects.update(groups=[])
    followed(admin, begin(admin, grafana))
    (outcome,) = _kept()
    real = parts_of(party.tokens()["id_token"])[1]
    assert outcome.id_token.keys() == real.keys()
    assert (real["email_verified"], real["groups"]) == (False, [])


def test_nothing_is_left_of_it(admin: Client, grafana: App) -> None:
    before = App.objects.values().get()
    followed(admin, begin(admin, grafana))
    assert not Grant.objects.exists()
    assert App.objects.values().get() == before


def test_no_token_code_or_secret_is_shown_or_kept(admin: Client, grafana: App) -> None:
    """Not even a part of one: a JWT would show as base64url of a header."""
    address = begin(admin, grafana)
    back = admin.get(address.removeprefix(BASE_URL))["Location"]
    sent, code = parameters_of(address), parameters_of(back)["code"].split(".")[2]
    shown = text_of(followed(admin, back))
    kept = str([vars(each) for each in _kept()])
    for secret in (code, code[:20], sent["state"], "eyJ"):
        assert secret not in shown
        assert secret not in kept


def _kept() -> list[Any]:
    """Read the cache as it is: in this process or in Redis."""
    cache: Any = caches["traces"]
    if hasattr(cache._cache, "items"):
        stored = [value for name, value in cache._cache.items() if "app-tried" in name]
    else:
        redis = cache._cache.get_client()
        stored = [redis.get(name) for name in redis.keys("*app-tried*")]
    assert stored
    return [pickle.loads(value) for value in stored]


@pytest.mark.parametrize("authentication", [*Authentication])
def test_every_way_of_client_authentication_is_played(
    admin: Client, grafana: App, authentication: str
) -> None:
    App.objects.update(authentication=authentication, secret_digest="")
    shown = text_of(followed(admin, begin(admin, grafana)))
    assert WORKS in shown
    assert ("client_assertion" in shown) == (authentication == Authentication.PRIVATE_KEY)


def test_consent_is_asked_for_and_not_kept(admin: Client, grafana: App) -> None:
    App.objects.update(is_of_team=False)
    shown = text_of(_decided(admin, grafana, "allow"))
    assert WORKS in shown
    assert not Consent.objects.exists()


def test_a_denial_is_said(admin: Client, grafana: App) -> None:
    App.objects.update(is_of_team=False)
    shown = text_of(_decided(admin, grafana, "deny"))
    assert "You did not consent" in shown
    assert not Grant.objects.exists()


def _decided(browser: Client, app: App, decision: str) -> Any:
    return _sent(browser, text_of(followed(browser, begin(browser, app))), decision)


def _sent(browser: Client, asked: str, decision: str) -> Any:
    fields = dict(re.findall(r'name="(sent|key)"\s+value="([^"]*)"', asked))
    answer = browser.post("/oauth/authorize/decision", {**fields, "decision": decision})
    return followed(browser, answer["Location"])


def test_an_admin_who_may_not_use_it_reads_why_and_who_may(admin: Client, grafana: App) -> None:
    App.objects.update(audience=Audience.CHOSEN, groups=["ops", "crew"])
    shown = text_of(followed(admin, begin(admin, grafana)))
    assert "The sign-in failed at step 2, the authorization response." in shown
    assert "Alice Archer was not allowed to use Grafana" in shown
    assert "It is open to members of these groups:" in shown
    assert shown.index("<code>ops</code>") < shown.index("<code>crew</code>")
    assert "Fix:" in shown
    assert page(grafana, "who-may-use") in shown


def test_an_app_without_groups_says_that_only_names_count(admin: Client, grafana: App) -> None:
    App.objects.update(audience=Audience.CHOSEN)
    shown = text_of(followed(admin, begin(admin, grafana)))
    assert "Only people chosen by name may use it." in shown


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"enabled": False}, "Grafana was switched off here."),
        ({"pkce": "nonce", "audience": Audience.CHOSEN}, "was not allowed to use Grafana"),
    ],
    ids=["switched-off", "not-allowed"],
)
def test_what_changes_on_the_way_is_said_there(
    admin: Client, grafana: App, changes: dict[str, Any], why: str
) -> None:
    address = begin(admin, grafana)
    App.objects.update(**changes)
    shown = text_of(followed(admin, address))
    assert "at step 2, the authorization response" in shown
    assert why in shown


def test_an_app_that_is_switched_off_before_the_code_is_exchanged(
    admin: Client, grafana: App
) -> None:
    back = admin.get(begin(admin, grafana).removeprefix(BASE_URL))["Location"]
    App.objects.update(enabled=False)
    shown = text_of(followed(admin, back))
    assert "at step 4, the token response" in shown
    assert "Grafana was switched off here." in shown
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    "when", ["before-the-request", "at-the-consent", "before-the-code-is-used"]
)
def test_an_app_that_is_removed_on_the_way_is_said_in_the_admin(
    admin: Client, grafana: App, when: str
) -> None:
    App.objects.update(is_of_team=when != "at-the-consent")
    address = begin(admin, grafana)
    if when == "before-the-code-is-used":
        address = admin.get(address.removeprefix(BASE_URL))["Location"]
    asked = text_of(followed(admin, address)) if when == "at-the-consent" else ""
    App.objects.all().delete()
    answer = _sent(admin, asked, "allow") if asked else followed(admin, address)
    assert answer.resolver_match.view_name == "admin:oidc_provider_app_changelist"
    assert "The app has been removed, so it can't be tested." in text_of(answer)
    failures.ROWS.write()
    assert not AppFailure.objects.exists()


def test_an_app_that_is_removed_meanwhile_cannot_be_tried(admin: Client, grafana: App) -> None:
    address = page(grafana, "try")
    App.objects.all().delete()
    assert "The app has been removed" in text_of(admin.post(address, follow=True))


def test_a_removed_app_is_said_to_nobody_else(
    admin: Client, grafana: App, client: Client, bob: User
) -> None:
    address = begin(admin, grafana)
    App.objects.all().delete()
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bobs = Client(headers={"host": HOST})
    hold(bobs, session_token(bob))
    assert bobs.get(address.removeprefix(BASE_URL)).status_code == 400
    assert bobs.get(page(grafana, "try")).status_code == 403


def test_a_refused_try_out_is_no_failure_of_the_app(admin: Client, grafana: App) -> None:
    """It says everything on its own page. Nobody has to handle it."""
    address = begin(admin, grafana)
    back = admin.get(address.removeprefix(BASE_URL))["Location"]
    Grant.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    followed(admin, back)
    App.objects.update(audience=Audience.CHOSEN)
    followed(admin, begin(admin, grafana))
    failures.ROWS.write()
    assert not AppFailure.objects.exists()


def test_a_try_out_that_took_too_long_says_so(admin: Client, grafana: App) -> None:
    """Also one that another session has begun, as of a browser that has signed in again."""
    address = begin(admin, grafana)
    caches["traces"].clear()
    shown = text_of(followed(admin, address))
    assert "This test sign-in is over." in shown
    failures.ROWS.write()
    assert not AppFailure.objects.exists()


def test_consent_that_comes_too_late_says_so(admin: Client, grafana: App) -> None:
    App.objects.update(is_of_team=False)
    asked = text_of(followed(admin, begin(admin, grafana)))
    caches["traces"].clear()
    shown = text_of(_sent(admin, asked, "allow"))
    assert "This test sign-in is over." in shown
    assert not Consent.objects.exists()


def test_try_outs_in_two_tabs_end_each_for_itself(admin: Client, grafana: App) -> None:
    one, two = begin(admin, grafana), begin(admin, grafana)
    assert WORKS in text_of(followed(admin, two))
    assert WORKS in text_of(followed(admin, one))


def test_an_app_that_is_off_is_said(admin: Client, grafana: App) -> None:
    App.objects.update(enabled=False)
    shown = text_of(admin.post(page(grafana, "try"), follow=True))
    assert "Grafana was switched off here." in shown


def test_a_destination_of_a_try_out_counts_once(admin: Client, grafana: App) -> None:
    back = admin.get(begin(admin, grafana).removeprefix(BASE_URL))["Location"]
    assert WORKS in text_of(followed(admin, back))
    again = admin.get(back.removeprefix(BASE_URL))
    assert again.status_code == 302
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": f"{BASE_URL}/admin/"},
        {"redirect_uri": f"{BASE_URL}/"},
        {"redirect_uri": BASE_URL},
        {"client_id": "phone"},
    ],
    ids=["the-admin", "this-site", "no-path", "another-app"],
)
def test_no_other_address_of_ours_is_a_destination(
    admin: Client, grafana: App, phone: App, changes: dict[str, str]
) -> None:
    sent = parameters_of(begin(admin, grafana)) | changes
    assert admin.get(f"/oauth/authorize?{urlencode(sent)}").status_code == 400
    assert not Grant.objects.exists()


def test_a_try_out_that_nobody_began_leads_to_no_code(admin: Client, grafana: App) -> None:
    sent = parameters_of(begin(admin, grafana))
    sent["redirect_uri"] = f"{BASE_URL}{page(grafana, 'try')}x/back/"
    answer = admin.get(f"/oauth/authorize?{urlencode(sent)}")
    assert answer["Location"] == f"{page(grafana, 'try')}x/"
    assert not Grant.objects.exists()


@pytest.mark.parametrize("number", [10**30, int("9" * 4000)])
def test_a_number_that_no_row_can_have_is_that_of_a_removed_app(
    admin: Client, grafana: App, number: int
) -> None:
    here = page(grafana, "try").replace(f"/{grafana.pk}/", f"/{number}/")
    sent = parameters_of(begin(admin, grafana)) | {"redirect_uri": f"{BASE_URL}{here}x/back/"}
    led = admin.get(f"/oauth/authorize?{urlencode(sent)}")
    assert led["Location"] == f"{here}x/"
    assert "The app has been removed" in text_of(admin.get(led["Location"], follow=True))


@pytest.mark.parametrize("suffix", ["?x=1", "/", "#x", "%2F", "../"])
def test_a_destination_is_compared_letter_by_letter(
    admin: Client, grafana: App, suffix: str
) -> None:
    sent = parameters_of(begin(admin, grafana))
    sent["redirect_uri"] += suffix
    assert admin.get(f"/oauth/authorize?{urlencode(sent)}").status_code == 400


def test_a_destination_is_of_one_session(admin: Client, grafana: App, bob: User) -> None:
    address = begin(admin, grafana).removeprefix(BASE_URL)
    bobs = Client(headers={"host": HOST})
    hold(bobs, session_token(bob))
    assert bobs.get(address).status_code == 400
    assert not Grant.objects.exists()


def test_no_app_can_redeem_a_code_of_a_try_out_by_its_own_address(
    admin: Client, grafana: App, party: RelyingParty
) -> None:
    back = admin.get(begin(admin, grafana).removeprefix(BASE_URL))["Location"]
    answer = party.exchange(parameters_of(back)["code"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_pushed_request_cannot_name_a_destination_of_a_try_out(
    admin: Client, grafana: App, party: RelyingParty
) -> None:
    sent = parameters_of(begin(admin, grafana))
    assert party.post("/oauth/par", **sent).status_code == 400


def test_a_way_back_with_the_state_of_another_is_refused(admin: Client, grafana: App) -> None:
    back = admin.get(begin(admin, grafana).removeprefix(BASE_URL))["Location"]
    forged = re.sub("state=[^&]*", "state=x", back)
    shown = text_of(followed(admin, forged))
    assert "The sign-in failed at step 2" in shown
    assert not Grant.objects.exists()


@pytest.mark.parametrize("query", ["", "?code=x", "?error=access_denied&state=%00", "?state=x"])
def test_whatever_comes_back_gets_a_page(admin: Client, grafana: App, query: str) -> None:
    uri = parameters_of(begin(admin, grafana))["redirect_uri"]
    assert "The sign-in failed at step 2" in text_of(followed(admin, f"{uri}{query}"))


@pytest.mark.parametrize("is_staff", [True, False], ids=["without-permission", "no-admin"])
def test_nobody_else_tries_an_app(client: Client, grafana: App, is_staff: bool) -> None:
    bob = User.objects.create(name="Bob", is_staff=is_staff)
    hold(client, session_token(bob))
    assert client.post(page(grafana, "try")).get("Location", "").find("/oauth/authorize") < 0


def test_without_the_cache_a_try_out_is_over(admin: Client, grafana: App) -> None:
    address = begin(admin, grafana)
    with cache_gone():
        assert "This test sign-in is over." in text_of(followed(admin, address))
    assert not Grant.objects.exists()


def test_a_code_that_has_expired_says_why(admin: Client, grafana: App) -> None:
    back = admin.get(begin(admin, grafana).removeprefix(BASE_URL))["Location"]
    Grant.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    shown = text_of(followed(admin, back))
    assert WORKS not in shown
    assert "sent a code after more than 60 seconds" in shown


def test_an_app_without_openid_gets_no_id_token(admin: Client, grafana: App) -> None:
    App.objects.update(scopes=["profile"])
    assert WORKS in text_of(followed(admin, begin(admin, grafana)))


def test_a_token_that_userinfo_refuses_is_no_success(
    admin: Client, grafana: App, settings: Settings
) -> None:
    App.objects.update(scopes=["profile"])  # without an ID token, whose times are checked before
    settings.SESSION_TOKEN_LIFETIME = -1
    shown = text_of(followed(admin, begin(admin, grafana)))
    assert "The sign-in failed at step 5, the userinfo request." in shown
    assert "an access token that isn't valid" in shown
    assert WORKS not in shown
