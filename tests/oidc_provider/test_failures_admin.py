"""An admin reads why an app failed, and mends what one value mends."""

import re
import time
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from attempts.references import carrying
from audit.models import UNKNOWN, AuditEvent
from diagnosis.refusals import REFUSALS, in_general
from oidc_provider.admin_pages import failures as failure_pages
from oidc_provider.failure_advice import addition, advice_on
from oidc_provider.failure_rows import AppFailure, AppFailureCount
from oidc_provider.failure_settled import settled
from oidc_provider.failures_admin import failures_panel
from oidc_provider.models import App, Audience
from sessions.models import User
from tests.attempts.rows import add_attempt
from tests.fakes import hold, session_token
from tests.oidc_provider.failures import ASKED, REFERENCE, add_failure

pytestmark = pytest.mark.django_db
LIST = "/admin/oidc_provider/appfailure/"
SIGN_INS = "/admin/attempts/signinattempt/"
API = "https://api.example"
ONE = "https://grafana.example/login/generic_oauth"


@pytest.fixture
def admin(client: Client, alice: User) -> Client:
    """Alice's browser; she is an admin."""
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice))
    return client


def with_rights(*names: str) -> None:
    """Let Alice do only this."""
    User.objects.update(is_superuser=False)
    User.objects.get(name="Alice Archer").user_permissions.set(
        Permission.objects.filter(codename__in=names)
    )


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def page_of(failure: AppFailure) -> str:
    return f"{LIST}{failure.pk}/change/"


@pytest.mark.parametrize("may_see", [True, False])
def test_only_who_may_see_people_reads_whose_request_it_was(
    admin: Client, grafana: App, bob: User, *, may_see: bool
) -> None:
    failure = add_failure(app=grafana, user=bob, refusal="person_not_allowed", facts={})
    people = ("view_user",) if may_see else ()
    with_rights("view_app", "view_appfailure", "view_signinattempt", *people)
    pages = (LIST, page_of(failure), f"/admin/oidc_provider/app/{grafana.pk}/change/")
    for page in (*pages, f"{SIGN_INS}?q={REFERENCE}"):
        assert (bob.name in text_of(admin.get(page))) is may_see, page


# The list


def test_shows_the_latest_first_and_finds_by_app_cause_day_and_handled(
    admin: Client, grafana: App, phone: App
) -> None:
    one = add_failure(app=grafana)
    two = add_failure(app=phone, client_id="phone", refusal="pkce_missing", is_handled=True)

    def found(query: str) -> list[AppFailure]:
        return list(admin.get(f"{LIST}?{query}").context["cl"].result_list)

    assert found("") == [two, one]
    assert found("app=grafana") == found("refusal=redirect_uri_unknown") == [one]
    assert found("handled=no") == [one]
    assert found("handled=yes") == [two]
    assert found(f"day={timezone.localdate().isoformat()}") == [two, one]
    assert found("day=2020-01-01") == []


@pytest.mark.parametrize("term", ["7F3K-Q2MD", "7f3k q2md", "grafana", "bob"])
def test_finds_by_reference_client_id_and_person(
    admin: Client, grafana: App, bob: User, term: str
) -> None:
    one = add_failure(app=grafana, user=bob)
    add_failure(reference="AAAA-BBBB", client_id="other")
    query = str(bob.pk) if term == "bob" else term
    assert list(admin.get(LIST, {"q": query}).context["cl"].result_list) == [one]


def test_says_where_nothing_has_failed_and_what_was_only_counted(admin: Client) -> None:
    assert "No app has made a mistake yet." in text_of(admin.get(LIST))
    today = timezone.now().date()
    AppFailureCount.objects.create(day=today, client_id="", refusal="body", number=1200)
    assert "1,200 failures of the last 30 days are not in the list" in text_of(admin.get(LIST))


# A reference that a visitor has read


def test_the_search_of_sign_ins_leads_to_the_failure_of_an_app(admin: Client, grafana: App) -> None:
    failure = add_failure(app=grafana)
    page = text_of(admin.get(SIGN_INS, {"q": "7f3k-q2md"}))
    assert f'href="{page_of(failure)}"' in page
    assert "Grafana asked to send people back to" in page
    assert "No sign-in has the reference" not in page


@pytest.mark.parametrize("where", [SIGN_INS, LIST])
def test_a_reference_without_a_row_says_the_cause_in_both_searches(
    admin: Client, grafana: App, where: str
) -> None:
    reference = carrying("app:secret_wrong", "grafana", time.time())
    page = text_of(admin.get(where, {"q": reference}))
    assert "Wrong client secret" in page
    assert "Grafana sent a secret that isn&#x27;t one of its secrets here" in page
    assert reference in page


def test_a_reference_without_a_row_of_an_app_that_is_gone(admin: Client) -> None:
    reference = carrying("app:secret_wrong", "gone", time.time())
    assert "The app sent a secret" in text_of(admin.get(LIST, {"q": reference}))


def test_a_reference_that_nobody_knows_is_said_so(admin: Client) -> None:
    words = "No app failure has the reference <code>AAAA-BBBB</code>."
    assert words in text_of(admin.get(LIST, {"q": "AAAA-BBBB"}))
    assert "No sign-in has the reference" in text_of(admin.get(SIGN_INS, {"q": "AAAA-BBBB"}))


def test_a_client_id_that_looks_like_a_reference_is_found(admin: Client) -> None:
    add_failure(client_id="superset")
    assert "No app failure" not in text_of(admin.get(LIST, {"q": "superset"}))


def test_a_sign_in_with_that_reference_is_no_app_s(admin: Client) -> None:
    add_attempt()
    add_failure(reference="AAAA-BBBB")
    assert "app failure" not in text_of(admin.get(SIGN_INS, {"q": REFERENCE}))


def test_the_search_of_sign_ins_tells_nothing_to_whom_may_not_see_apps(
    admin: Client, grafana: App
) -> None:
    add_failure(app=grafana)
    with_rights("view_signinattempt")
    page = text_of(admin.get(SIGN_INS, {"q": REFERENCE}))
    assert "Grafana" not in page
    assert admin.get(LIST).status_code == 403


def test_the_search_of_people_finds_whom_it_happened_to(admin: Client, bob: User) -> None:
    add_failure(user=bob)
    answer = admin.get("/admin/signet_sessions/user/", {"q": "7f3kq2md"})
    assert list(answer.context["cl"].result_list) == [bob]


# The page


def test_shows_cause_and_fix_and_what_was_sent(admin: Client, grafana: App, bob: User) -> None:
    page = text_of(admin.get(page_of(add_failure(app=grafana, user=bob))))
    asked, one = (f'<code translate="no">{each}</code>' for each in (ASKED, ONE))
    assert f"Grafana asked to send people back to {asked}, which wasn&#x27;t registered." in page
    assert f"It differs from {one} only by the path." in page
    assert page.index("Fix:") < page.index("/oauth/authorize")
    assert "Bob Baker" in page
    assert "203.0.113.9" in page


def test_names_of_parameters_are_shown_as_they_are_sent(admin: Client) -> None:
    facts = {"response_type": "token", "redirect_uri": ASKED, "endpoint": "/oauth/authorize"}
    page = text_of(admin.get(page_of(add_failure(facts=facts, error="invalid_request"))))
    for name in ("response_type", "redirect_uri"):
        assert f'<dt> <code translate="no">{name}</code> </dt>' in page
    assert "Response_type" not in page
    assert "<dt> Endpoint </dt>" in page
    assert '<code translate="no">invalid_request</code>' in page


def test_what_an_app_sent_is_text(admin: Client) -> None:
    sent = "<script>alert(1)</script>"
    facts = {"redirect_uri": sent, sent: sent}
    page = text_of(admin.get(page_of(add_failure(client_id=sent, facts=facts, user_agent=sent))))
    assert sent not in page


def test_a_client_id_that_nobody_has_is_set_apart(admin: Client) -> None:
    page = text_of(admin.get(page_of(add_failure(client_id="<b>nobody", refusal="client_unknown"))))
    sent = '<code translate="no">&lt;b&gt;nobody</code>'
    assert f"No app here had the client ID {sent}." in page


def test_a_cause_of_another_release_has_a_page(admin: Client) -> None:
    failure = add_failure(refusal="of_another_release")
    assert "Of another release" in text_of(admin.get(page_of(failure)))


def test_names_a_person_who_may_not_use_an_app(grafana: App, bob: User) -> None:
    failure = add_failure(app=grafana, user=bob, refusal="person_not_allowed", facts={})
    advice = advice_on(failure)
    assert advice is not None
    assert advice.cause.startswith("Bob Baker was not allowed to use Grafana")


def test_leads_to_who_may_use_the_app_for_whom_may_say_it(
    admin: Client, grafana: App, bob: User
) -> None:
    App.objects.update(audience=Audience.CHOSEN, groups=["ops"])
    failure = add_failure(app=grafana, user=bob, refusal="person_not_allowed", facts={})
    link = f'href="/admin/oidc_provider/app/{grafana.pk}/who-may-use/"'
    assert link in text_of(admin.get(page_of(failure)))
    with_rights("view_app", "view_appfailure", "view_user")
    assert link not in text_of(admin.get(page_of(failure)))
    with_rights("change_app", "view_appfailure")
    assert link not in text_of(admin.get(page_of(failure)))


def test_all_causes_have_a_page(admin: Client) -> None:
    page = text_of(admin.get(f"{LIST}causes/"))
    assert 'id="redirect_uri_unknown"' in page
    assert 'id="token_missing"' in page
    assert f'href="{LIST}?refusal=token_missing"' in page
    assert page.count("Visitors read:") == sum(
        entry.words is not None for entry in REFUSALS.values()
    )
    with_rights("view_signinattempt")
    assert admin.get(f"{LIST}causes/").status_code == 403


# Put right since


def _registered(app: App, _person: User) -> None:
    App.objects.update(redirect_uris=[ONE, ASKED])


def _of_a_group(app: App, person: User) -> None:
    App.objects.update(audience=Audience.CHOSEN, groups=["crew"])
    User.objects.filter(pk=person.pk).update(given_groups=["crew"])


SETTLED: dict[str, tuple[dict[str, str], dict[str, Any], Any, str]] = {
    # refusal: facts, app before, what mends it, what the page says then
    "redirect_uri_unknown": (
        {"redirect_uri": ASKED},
        {},
        _registered,
        "This redirect URI has been registered since.",
    ),
    "app_disabled": (
        {},
        {"enabled": False},
        lambda *_: App.objects.update(enabled=True),
        "The app has been switched on since.",
    ),
    "target": (
        {"resource": "https://api.example"},
        {},
        lambda *_: App.objects.update(audiences=["https://api.example"]),
        "This resource has been added to the app since.",
    ),
    "person_not_allowed": (
        {},
        {"audience": Audience.CHOSEN},
        _of_a_group,
        "This person may use the app now.",
    ),
    "pkce_missing": (
        {},
        {},
        lambda *_: App.objects.update(pkce="nonce"),
        "PKCE is no longer required of this app.",
    ),
    "nonce_missing": (
        {},
        {"pkce": "nonce"},
        lambda *_: App.objects.update(pkce="neither"),
        "The app no longer has to send either of them.",
    ),
    "client_unknown": (
        {},
        {"slug": "other"},
        lambda *_: App.objects.update(slug="grafana"),
        "An app with this client ID has been added since.",
    ),
}


@pytest.mark.parametrize("refusal", SETTLED)
def test_a_failure_whose_cause_is_gone_says_so(
    admin: Client, grafana: App, bob: User, refusal: str
) -> None:
    """It says what was, and asks for nothing any more."""
    facts, before, mend, words = SETTLED[refusal]
    App.objects.update(**before)
    app = None if refusal == "client_unknown" else grafana
    failure = add_failure(app=app, refusal=refusal, facts=facts, user=bob)
    page = text_of(admin.get(page_of(failure)))
    assert words not in page
    assert "Fix:" in page
    mend(grafana, bob)
    for page in (
        text_of(admin.get(page_of(failure))),
        text_of(admin.get(SIGN_INS, {"q": REFERENCE})),
    ):
        assert words in page
        assert "Fix:" not in page


@pytest.mark.parametrize(
    ("endpoint", "of_sessions"),
    [("/oauth/token", []), ("/oauth/authorize", [API])],
    ids=["not-of-this-sign-in", "of-session-jwts"],
)
def test_a_resource_of_the_app_may_still_be_refused(
    grafana: App, settings: Settings, endpoint: str, of_sessions: list[str]
) -> None:
    App.objects.update(audiences=[API])
    grafana.refresh_from_db()
    settings.SESSION_AUDIENCE = of_sessions
    facts = {"resource": API, "endpoint": endpoint}
    assert not settled(add_failure(app=grafana, refusal="target", facts=facts))


def test_every_cause_is_told_as_it_was() -> None:
    """The page is read later, when it may no longer be so."""
    for entry in REFUSALS.values():
        words = in_general(entry).cause
        assert not re.search(r"isn't registered|is switched off|may not use|is required", words)


# One value that mends it


@pytest.mark.parametrize(
    "uri",
    [
        "https://grafana.example/login/google",
        "https://grafana.example:3000/login",
        "https://GRAFANA.example/",
        "https://second.example/other",
    ],
)
def test_offers_what_is_on_a_host_of_the_app(grafana: App, uri: str) -> None:
    grafana.redirect_uris = ["https://second.example/cb"]
    failure = add_failure(app=grafana, facts={"redirect_uri": uri})
    assert addition(failure).uri == uri


FOREIGN, FORM, KNOWN = "There is no button", "Signet accepts no", "already registered"


@pytest.mark.parametrize(
    ("uri", "why_not"),
    [
        ("https://mallory.example/login", FOREIGN),
        ("https://grafana.example.mallory.example/", FOREIGN),
        ("https://mallory.example/?https://grafana.example/", FOREIGN),
        ("com.mallory://grafana.example/", FOREIGN),
        ("com.mallory:/cb", FOREIGN),
        ("https://phone/", FOREIGN),
        ("https://grafana.example@mallory.example/", FORM),
        ("https://mallory.example\\@grafana.example/", FORM),
        ("http://grafana.example/login", FORM),
        ("https://grafana.example/#x", FORM),
        ("https://grafana.example/*", FORM),
        ("https://grafana.example/?code=***", FORM),
        ("https://grafana.example/" + "x" * 1001, FORM),
        ("https://grafana.example:99999/", FORM),
        ("javascript://grafana.example/%0aalert(1)", FORM),
        ("", FORM),
        (ONE, KNOWN),
    ],
)
def test_offers_nothing_else_and_says_why(grafana: App, uri: str, why_not: str) -> None:
    grafana.redirect_uris.append("com.example.phone://phone/cb")
    found = addition(add_failure(app=grafana, facts={"redirect_uri": uri}))
    assert not found.uri
    assert why_not in found.why_not


def test_offers_nothing_for_an_app_that_is_gone_or_another_cause(grafana: App) -> None:
    assert "removed" in addition(add_failure()).why_not
    other = add_failure(app=grafana, refusal="code_redirect_uri")
    assert (addition(other).uri, addition(other).why_not) == ("", "")


def test_a_registered_address_that_cannot_be_read_offers_nothing(grafana: App) -> None:
    grafana.launch_url, grafana.redirect_uris = "https://[", ["https://["]
    assert not addition(add_failure(app=grafana)).uri


def test_adds_it_after_a_look_and_says_so_in_the_audit_log(admin: Client, grafana: App) -> None:
    failure, same = add_failure(app=grafana), add_failure(app=grafana)
    other = add_failure(app=grafana, facts={"redirect_uri": "https://mallory.example/"})
    url = f"{LIST}{failure.pk}/add-redirect-uri/"
    assert f'href="{url}"' in text_of(admin.get(page_of(failure)))

    assert ASKED in text_of(admin.get(url))
    grafana.refresh_from_db()
    assert grafana.redirect_uris == [ONE]
    answer = admin.post(url, follow=True)

    grafana.refresh_from_db()
    assert grafana.redirect_uris == [ONE, ASKED]
    assert f"Added <code>{ASKED}</code> to Grafana." in text_of(answer)
    event = AuditEvent.objects.get(action="changed")
    assert (event.target_label, event.actor_label) == (
        "Grafana",
        "Alice Archer (alice@example.com)",
    )
    assert event.before == {"redirect_uris": [ONE]}
    assert event.after == {"redirect_uris": [ONE, ASKED]}
    handled = AppFailure.objects.filter(is_handled=True)
    assert {row.pk for row in handled} == {failure.pk, same.pk}
    assert other not in handled


def test_adds_it_once(admin: Client, grafana: App) -> None:
    url = f"{LIST}{add_failure(app=grafana).pk}/add-redirect-uri/"
    for _ in range(2):
        admin.post(url)
    grafana.refresh_from_db()
    assert grafana.redirect_uris == [ONE, ASKED]
    assert AuditEvent.objects.filter(action="changed").count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_adds_nothing_on_another_host(admin: Client, grafana: App, method: str) -> None:
    failure = add_failure(app=grafana, facts={"redirect_uri": "https://mallory.example/"})
    page = text_of(admin.get(page_of(failure)))
    assert "Anybody can send such a request." in page
    assert "add-redirect-uri" not in page
    answer = getattr(admin, method)(f"{LIST}{failure.pk}/add-redirect-uri/", follow=True)
    assert "There is no button" in text_of(answer)
    grafana.refresh_from_db()
    assert grafana.redirect_uris == [ONE]


def test_adds_nothing_without_a_recent_sign_in(client: Client, grafana: App, alice: User) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice, age=600))
    answer = client.post(f"{LIST}{add_failure(app=grafana).pk}/add-redirect-uri/")
    assert answer.status_code in (303, 403)
    grafana.refresh_from_db()
    assert grafana.redirect_uris == [ONE]


@pytest.mark.parametrize(
    "rights",
    [
        ("view_appfailure", "change_app"),
        ("view_appfailure", "change_appfailure"),
    ],
)
def test_adds_nothing_for_whom_may_not_change_apps(
    admin: Client, grafana: App, rights: tuple[str, ...]
) -> None:
    failure = add_failure(app=grafana)
    with_rights(*rights)
    assert "add-redirect-uri" not in text_of(admin.get(page_of(failure)))
    assert admin.post(f"{LIST}{failure.pk}/add-redirect-uri/").status_code == 403
    grafana.refresh_from_db()
    assert grafana.redirect_uris == [ONE]


# Handled


def test_marks_it_and_all_like_it_as_handled_and_back(admin: Client) -> None:
    failure = add_failure(refusal="secret_wrong", facts={})
    add_failure(refusal="secret_wrong", facts={})
    other = add_failure(refusal="code_used", facts={})
    assert "1 more failure is the same." in text_of(admin.get(page_of(failure)))
    url = f"{LIST}{failure.pk}/handled/"
    assert "Marked as handled." in text_of(admin.post(url, {"handled": "yes"}, follow=True))
    assert list(AppFailure.objects.filter(is_handled=False)) == [other]
    admin.post(url, {"handled": "no"})
    assert not AppFailure.objects.filter(is_handled=True).exists()


def test_marks_nothing_for_others_or_by_get(admin: Client) -> None:
    url = f"{LIST}{add_failure().pk}/handled/"
    assert admin.get(url).status_code == 405
    assert admin.post(f"{LIST}{uuid4()}/handled/").status_code == 404
    with_rights("view_appfailure")
    assert admin.post(url, {"handled": "yes"}).status_code == 403
    assert not AppFailure.objects.filter(is_handled=True).exists()


HANDLE = r'class="([^"]*)" name="handled"'


@pytest.mark.parametrize(
    ("refusal", "facts", "rights", "is_first"),
    [
        ("secret_wrong", {}, ("change_app",), True),
        ("redirect_uri_unknown", {"redirect_uri": ASKED}, ("change_app",), False),
        ("redirect_uri_unknown", {"redirect_uri": ASKED}, (), True),
        ("redirect_uri_unknown", {"redirect_uri": ONE}, ("change_app",), True),
        ("person_not_allowed", {}, ("change_app", "view_user"), False),
        ("person_not_allowed", {}, ("change_app",), True),
    ],
)
def test_one_button_comes_first(
    admin: Client, grafana: App, refusal: str, facts: Any, rights: tuple[str, ...], is_first: bool
) -> None:
    """What mends it, or else *Mark as handled*."""
    App.objects.update(audience=Audience.CHOSEN)
    failure = add_failure(app=grafana, refusal=refusal, facts=facts)
    with_rights("view_appfailure", "change_appfailure", *rights)
    page = text_of(admin.get(page_of(failure)))
    assert re.findall(HANDLE, page) == ["button" if is_first else "button secondary"]
    assert page.count('class="button"') == 1


def test_what_is_handled_is_taken_back_by_a_lesser_button(admin: Client) -> None:
    page = text_of(admin.get(page_of(add_failure(refusal="secret_wrong", is_handled=True))))
    assert re.findall(HANDLE, page) == ["button secondary"]


# Elsewhere


def test_the_panel_of_an_app_shows_its_last_failures(
    rf: RequestFactory, admin: Client, grafana: App, alice: User, bob: User
) -> None:
    request = rf.get("/")
    request.user = User.objects.get(pk=alice.pk)
    assert failures_panel(request, grafana) == ""
    failure = add_failure(app=grafana, user=bob)
    add_failure(client_id="other", refusal="code_used")
    today = timezone.now().date()
    AppFailureCount.objects.create(day=today, client_id="grafana", refusal="body", number=3)
    panel = " ".join(failures_panel(request, grafana).split())
    assert f'href="{page_of(failure)}">Unknown redirect URI' in panel
    assert "Bob Baker" in panel
    assert "Code used twice" not in panel
    assert "3 failures of the last 30 days were only counted." in panel
    with_rights("view_signinattempt")
    request.user = User.objects.get(pk=alice.pk)
    assert failures_panel(request, grafana) == ""


def test_the_admin_s_home_shows_what_nobody_has_handled(admin: Client) -> None:
    for refusal in ("secret_wrong", "code_used", "secret_wrong"):
        add_failure(refusal=refusal)
    add_failure(refusal="body", is_handled=True)
    page = text_of(admin.get("/admin/"))
    assert "Failed requests of apps" in page
    assert page.index("Wrong client secret") < page.index("Code used twice")
    assert f'href="{LIST}?refusal=secret_wrong&amp;handled=no"' in page
    assert "Not sent as a form" not in page


def test_another_admin_may_be_faster(grafana: App, rf: RequestFactory) -> None:
    failure = add_failure(app=grafana)
    first = failure_pages._add(failure, UNKNOWN)
    again = failure_pages._add(AppFailure.objects.get(pk=failure.pk), UNKNOWN)
    assert first != again
    assert App.objects.get().redirect_uris.count(ASKED) == 1


def test_an_app_that_is_removed_meanwhile_gets_no_redirect_uri(grafana: App) -> None:
    failure = add_failure(app=grafana)
    App.objects.all().delete()
    assert failure_pages._add(failure, UNKNOWN) == "The app has been removed."
