"""The list of sign-ins and the page of each."""

import re
from datetime import timedelta
from html import unescape

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from attempts.models import SignInAttempt, as_json
from audit import large_list
from diagnosis import DIAGNOSES
from outgoing.trace import Hop, Party
from sessions.models import User
from tests.attempts.rows import REFERENCE, add_attempt
from tests.fakes import add_provider, hold, session_token

pytestmark = pytest.mark.django_db
LIST = "/admin/attempts/signinattempt/"


def listed(admin: Client, **query: str) -> set[str]:
    response = admin.get(LIST, query)
    assert response.status_code == 200
    return {row.reference for row in response.context["cl"].result_list}


def page_of(admin: Client, attempt: SignInAttempt) -> str:
    response = admin.get(reverse("admin:attempts_signinattempt_change", args=[attempt.pk]))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("said", [REFERENCE, "7f3k-q2md", "7F3KQ2MD", " 7f3k q2md "])
def test_a_sign_in_is_found_by_its_reference(admin: Client, said: str) -> None:
    add_attempt()
    add_attempt(reference="AAAA-BBBB")
    assert listed(admin, q=said) == {REFERENCE}


@pytest.mark.parametrize("address", ["bob@example.com", "Bob@Example.com", "bob@work.example"])
def test_sign_ins_are_found_by_an_address_of_the_person(
    admin: Client, bob: User, address: str
) -> None:
    EmailAddress.objects.create(user=bob, email="bob@work.example", verified=True)
    add_attempt(user=bob)
    add_attempt(reference="AAAA-BBBB")
    assert listed(admin, q=address) == {REFERENCE}


def test_sign_ins_are_found_by_the_sub_of_the_person(admin: Client, bob: User) -> None:
    add_attempt(user=bob)
    add_attempt(reference="AAAA-BBBB")
    assert listed(admin, q=str(bob.pk)) == {REFERENCE}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"FAIL", "GOOD", "LATE"}),
        ({"q": " "}, {"FAIL", "GOOD", "LATE"}),
        ({"outcome": "failed"}, {"FAIL", "LATE"}),
        ({"outcome": "signed-in"}, {"GOOD"}),
        ({"provider": "github"}, {"GOOD"}),
        ({"diagnosis": "timeout"}, {"LATE"}),
        ({"day": "7"}, {"FAIL", "GOOD"}),
        ({"day": "30"}, {"FAIL", "GOOD", "LATE"}),
        ({"day": "TODAY"}, {"FAIL", "GOOD"}),
        ({"day": "nonsense"}, {"FAIL", "GOOD", "LATE"}),
        ({"day": "9999-12-31"}, {"FAIL", "GOOD", "LATE"}),  # no day comes after it
    ],
    ids=lambda given: "-".join(given) if isinstance(given, dict) else "",
)
def test_the_list_is_narrowed_by(admin: Client, query: dict[str, str], found: set[str]) -> None:
    add_provider("github", "github")
    add_attempt(reference="FAIL")
    add_attempt(reference="GOOD", diagnosis="", provider="github")
    past = timezone.now() - timedelta(days=9)
    add_attempt(reference="LATE", diagnosis="timeout", created_at=past)
    today = timezone.localdate().isoformat()
    assert listed(admin, **{k: v.replace("TODAY", today) for k, v in query.items()}) == found


def test_the_list_counts_no_further_than_it_shows(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_list, "MOST", 2)
    for _ in range(3):
        add_attempt()
    assert admin.get(LIST).context["cl"].result_count == 2


def test_the_list_asks_the_same_few_questions_however_long_it_is(
    admin: Client, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        add_attempt(user=bob, diagnosis="")
    with django_assert_max_num_queries(12):
        admin.get(LIST)


def test_the_page_of_a_failure_says_cause_and_fix_with_what_to_paste(admin: Client) -> None:
    provider = add_provider()
    page = page_of(admin, add_attempt(diagnosis="redirect_uri_not_registered"))
    assert "redirect URI isn&#x27;t registered at Demo." in page
    assert f"<code>{provider.redirect_uri}</code>" in page
    assert f'href="/admin/providers/provider/{provider.pk}/change/#redirect-uri"' in page
    assert f'href="{LIST}failures/#redirect_uri_not_registered"' in page


def test_what_is_not_known_of_a_sign_in_has_no_row(admin: Client, bob: User) -> None:
    page = page_of(admin, add_attempt(status=0, step=0))
    assert "field-last_step" in page
    for name in ("status", "person", "error_sent", "hint_sent", "address", "browser"):
        assert f"field-{name}" not in page
    SignInAttempt.objects.update(status=401, user=bob, user_agent="Firefox (X11; Linux)")
    page = page_of(admin, SignInAttempt.objects.get())
    for name in ("status", "person", "browser"):
        assert f"field-{name}" in page
    assert "Firefox on Linux<br>" in page


def test_what_the_provider_sent_is_shown_as_it_sent_it(admin: Client) -> None:
    attempt = add_attempt(provider_error="invalid_client", hint="AADSTS7000215")
    page = page_of(admin, attempt)
    for sent in ("invalid_client", "AADSTS7000215"):
        assert f'<code translate="no">{sent}</code>' in page


def test_the_last_step_has_its_name(admin: Client) -> None:
    assert "6. Receive the access token" in page_of(admin, add_attempt(step=6))


def test_what_no_field_mends_has_no_button(admin: Client) -> None:
    add_provider()
    assert "Change the settings of" not in page_of(admin, add_attempt(diagnosis="access_denied"))


def test_the_site_itself_explains_every_failure(admin: Client) -> None:
    page = admin.get(f"{LIST}failures/").content.decode()
    assert all(f'id="{code}"' in page for code in DIAGNOSES)
    assert "The provider accepts the client ID" in page
    assert '<h3 id="access_denied">Cancelled</h3>' in page
    assert "You cancelled at the provider, so you haven" in page


def test_the_explanations_are_for_those_who_may_see_sign_ins(admin: Client, alice: User) -> None:
    User.objects.update(is_superuser=False)
    assert admin.get(f"{LIST}failures/").status_code == 403
    alice.user_permissions.add(Permission.objects.get(codename="view_signinattempt"))
    assert admin.get(f"{LIST}failures/").status_code == 200


def test_the_page_says_how_long_to_wait(admin: Client) -> None:
    add_provider()
    assert "Wait 120 seconds, then try again." in page_of(
        admin, add_attempt(diagnosis="rate_limited", retry_after=120)
    )
    assert "Wait a few minutes, then try again." in page_of(
        admin, add_attempt(diagnosis="rate_limited")
    )


def test_the_page_outlives_the_provider(admin: Client) -> None:
    page = page_of(admin, add_attempt(diagnosis="redirect_uri_not_registered"))
    assert "(the provider has been removed)" in page
    assert "demo (removed)" in page


def test_the_page_of_a_kind_that_is_gone_still_explains(admin: Client) -> None:
    provider = add_provider()
    type(provider).objects.update(kind="gone", base_url="")
    assert "advice-title" in page_of(admin, add_attempt())


def test_the_diagram_marks_the_step_that_failed(admin: Client) -> None:
    answer = Hop(
        6, Party.PROVIDER, Party.SIGNET, status=401, milliseconds=90, error="invalid_client"
    )
    page = page_of(admin, add_attempt(hops=as_json([answer])))
    assert '<g class="failed">' in page
    assert "failed · invalid_client · 90 ms" in page
    assert "<script" not in page.partition("<svg")[2].partition("</svg>")[0]


def test_the_page_of_a_success_names_the_person_and_no_cause(admin: Client, bob: User) -> None:
    page = page_of(admin, add_attempt(diagnosis="", user=bob))
    assert f'href="/admin/signet_sessions/user/{bob.pk}/change/"' in page
    assert "advice-title" not in page
    assert "No messages were kept." in page


@pytest.mark.parametrize("action", ["add/", "PK/delete/"])
def test_nobody_adds_or_deletes_a_sign_in(admin: Client, action: str) -> None:
    attempt = add_attempt()
    assert admin.get(LIST + action.replace("PK", str(attempt.pk))).status_code == 403


def test_nobody_changes_a_sign_in(admin: Client) -> None:
    attempt = add_attempt()
    address = reverse("admin:attempts_signinattempt_change", args=[attempt.pk])
    assert admin.post(address, {"reference": "AAAA-BBBB"}).status_code == 403


def test_failures_are_grouped_on_the_page_of_their_provider(admin: Client) -> None:
    provider = add_provider()
    for diagnosis in ("timeout", "timeout", "wrong_client_secret", ""):
        add_attempt(diagnosis=diagnosis)
    add_attempt(diagnosis="timeout", provider="github")
    add_attempt(diagnosis="tls_failure", created_at=timezone.now() - timedelta(days=31))

    page = admin.get(f"/admin/providers/provider/{provider.pk}/change/").content.decode()
    rows = re.findall(r'href="([^"]+&amp;day=30)">([^<]+)</a>\s*</td>\s*<td>(\d+)</td>', page)

    assert [(words, number) for _, words, number in rows] == [
        ("Timeout", "2"),
        ("Wrong client secret", "1"),
    ]
    address = unescape(rows[0][0])
    assert address == f"{LIST}?provider=demo&diagnosis=timeout&day=30"
    assert admin.get(address).context["cl"].result_count == 2


def test_a_provider_without_failures_shows_no_panel(admin: Client) -> None:
    provider = add_provider()
    page = admin.get(f"/admin/providers/provider/{provider.pk}/change/").content.decode()
    assert "Failed sign-ins" not in page


def test_failures_are_shown_only_to_who_may_see_sign_ins(client: Client, bob: User) -> None:
    provider = add_provider()
    add_attempt()
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.add(Permission.objects.get(codename="view_provider"))
    hold(client, session_token(bob))
    page = client.get(f"/admin/providers/provider/{provider.pk}/change/")
    assert page.status_code == 200
    assert b"Failed sign-ins" not in page.content


def test_the_page_names_the_failure_in_words_and_offers_no_history(admin: Client) -> None:
    page = page_of(admin, add_attempt(diagnosis="wrong_client_secret"))
    assert '<h2 id="advice-title">Wrong client secret</h2>' in page
    assert "History" not in page


@pytest.mark.parametrize(("query", "is_told"), [({}, True), ({"outcome": "failed"}, False)])
def test_an_empty_list_says_what_will_be_in_it(
    admin: Client, query: dict[str, str], is_told: bool
) -> None:
    told = "No sign-ins yet" in admin.get(LIST, query).content.decode()
    assert told is is_told


def test_a_list_with_sign_ins_says_nothing_of_the_kind(admin: Client) -> None:
    add_attempt()
    page = admin.get(LIST).content.decode()
    assert "No sign-ins yet" not in page
    assert "<h1>Sign-ins</h1>" in page


@pytest.mark.parametrize(
    ("fields", "outcome", "purpose"),
    [
        ({"diagnosis": ""}, "Signed in", "Sign in"),
        ({"process": "connect", "diagnosis": ""}, "Connected", "Connect an account"),
        (
            {"process": "dry_run", "diagnosis": ""},
            "Test sign-in: successful",
            "Test sign-in by an admin",
        ),
        ({}, "Failed: wrong client secret", "Sign in"),
        (
            {"process": "dry_run"},
            "Test sign-in failed: wrong client secret",
            "Test sign-in by an admin",
        ),
    ],
    ids=["sign-in", "connect", "dry run", "failed", "failed dry run"],
)
def test_says_what_it_was_for_and_how_it_went(
    admin: Client, fields: dict[str, str], outcome: str, purpose: str
) -> None:
    page = page_of(admin, add_attempt(**fields))
    assert f">{outcome}</span>" in admin.get(LIST).content.decode()
    assert purpose in page
