"""The log in the admin: read, searched, taken out, and not changed."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit import admin as audit_admin
from audit import large_list
from audit.large_list import CappedPaginator
from audit.models import COMMAND_LINE, ITSELF, UNKNOWN, Action, Actor, AuditEvent, Result, Target
from audit.recording import record
from sessions.models import User
from tests.audit.conftest import ADA, DEMO
from tests.conftest import HOST
from tests.fakes import hold, session_token

pytestmark = pytest.mark.django_db
LIST = "/admin/audit/auditevent/"


def browser_of(user: User) -> Client:
    client = Client(headers={"host": HOST})
    hold(client, session_token(user))
    return client


@pytest.fixture
def admin(db: None) -> Client:
    browser = browser_of(User.objects.create(name="Root", is_staff=True, is_superuser=True))
    AuditEvent.objects.all()._raw_delete("default")  # of the first key
    return browser


@pytest.fixture
def event(db: None) -> AuditEvent:
    record(
        Action.CHANGED, ADA, DEMO, provider="demo", before={"name": "Old"}, after={"name": "New"}
    )
    event: AuditEvent = AuditEvent.objects.get()
    return event


def test_the_list_says_who_did_what(admin: Client, event: AuditEvent) -> None:
    page = admin.get(LIST).content.decode()
    for text in (
        "Ada Admin",
        'provider <b translate="no">Demo</b>',
        "198.51.100.7",
        "Export as CSV",
    ):
        assert text in page
    assert "Add audit event" not in page


def test_an_event_shows_before_and_after(admin: Client, event: AuditEvent) -> None:
    page = admin.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "<bdi>Old</bdi>" in page
    assert "<bdi>New</bdi>" in page
    assert "Delete" not in page
    assert 'name="_save"' not in page


def test_an_event_without_change_or_target_or_name_says_so(admin: Client) -> None:
    record(
        Action.SIGN_IN_FAILED,
        UNKNOWN,
        result=Result.REFUSED,
        reason="account_suspended",
    )
    page = admin.get(f"{LIST}{AuditEvent.objects.get().pk}/change/").content.decode()
    assert "No changes." in page
    assert "Refused: account_suspended" in page
    assert "Unknown" in page


@pytest.mark.parametrize(
    ("actor", "shown"),
    [(COMMAND_LINE, "Command line"), (ITSELF, "Signet (automatic)")],
    ids=["a command", "by itself"],
)
def test_what_a_program_did_is_told_in_words(admin: Client, actor: Actor, shown: str) -> None:
    record(Action.SESSIONS_ENDED, actor, Target("everybody", label="everybody"))
    page = admin.get(LIST).content.decode()
    assert f'<td class="field-actor">{shown}</td>' in page
    assert '<td class="field-target">everybody</td>' in page


def test_a_person_with_the_name_of_a_program_stays_a_person(admin: Client) -> None:
    record(Action.CHANGED, Actor("1", COMMAND_LINE.label))
    assert f'"field-actor">{COMMAND_LINE.label}</td>' in admin.get(LIST).content.decode()


def test_markup_in_an_event_is_text(admin: Client) -> None:
    script = "<script>alert(1)</script>"
    record(Action.CHANGED, Actor(label=script), Target("x", "1", script), after={"a": script})
    for path in (LIST, f"{LIST}{AuditEvent.objects.get().pk}/change/"):
        assert script not in admin.get(path).content.decode()


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/", "{pk}/change/"])
def test_nothing_is_added_changed_or_removed(admin: Client, event: AuditEvent, path: str) -> None:
    form = {"post": "yes", "actor_label": "Mallory"}
    assert admin.post(LIST + path.format(pk=event.pk), form).status_code == 403
    assert AuditEvent.objects.get().actor_label == "Ada Admin"


def test_no_action_removes_what_is_selected(admin: Client, event: AuditEvent) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(event.pk)], "post": "yes"}
    admin.post(LIST, form)
    assert AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "term",
    [
        "Ada",
        "ada admin",
        "ADA@example",
        ADA.id,
        ADA.id.upper(),
        "198.51.100.7",
        "7F3K-Q2MD",
        "Demo",
        " Demo ",
    ],
)
def test_is_found_by_person_address_reference_or_target(admin: Client, term: str) -> None:
    User.objects.create(pk=ADA.id, name="Ada Admin", email="ada@example.com")
    record(Action.CHANGED, ADA, DEMO, reference="7F3K-Q2MD")
    record(Action.SIGNED_IN, Actor(label="Somebody Else"))
    page = admin.get(LIST, {"q": term}).content.decode()
    assert "Ada Admin" in page
    assert "Somebody Else" not in page


@pytest.mark.parametrize("query", [{"action": "signed_in"}, {"result": "refused"}])
def test_is_filtered(admin: Client, event: AuditEvent, query: dict[str, str]) -> None:
    record(Action.SIGNED_IN, Actor(label="Another"), result=Result.REFUSED)
    page = admin.get(LIST, {f"{name}__exact": value for name, value in query.items()})
    assert "Another" in page.content.decode()
    assert "Ada Admin" not in page.content.decode()


def test_is_exported_as_json_lines_as_it_is_filtered(admin: Client, event: AuditEvent) -> None:
    record(Action.SIGNED_IN, Actor(label="Zoë"))
    answer = admin.get(f"{LIST}export.jsonl", {"action__exact": "changed"})
    lines = answer.getvalue().decode().splitlines()
    assert answer["Content-Disposition"] == 'attachment; filename="audit-log.jsonl"'
    assert len(lines) == 1
    row = json.loads(lines[0])
    assert (row["action"], row["actor_label"]) == ("changed", "Ada Admin")
    assert (row["before"], row["after"]) == ({"name": "Old"}, {"name": "New"})
    assert row["at"] == event.at.isoformat()


STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹢", "−"]
AFTER_BLANKS = [" =", "\u3000＝", "\u00a0+", "\ufeff@", "\u200b-"]


@pytest.mark.parametrize("start", STARTS + AFTER_BLANKS, ids=ascii)
def test_is_exported_as_csv_in_which_nothing_is_a_formula(admin: Client, start: str) -> None:
    text = f'{start}HYPERLINK("https://mallory.example")'
    AuditEvent.objects.create(action=Action.CHANGED, actor_label=text, after={"name": text})
    answer = admin.get(f"{LIST}export.csv")
    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    sheet = io.StringIO(answer.getvalue().decode(), newline="")
    head, row = list(csv.reader(sheet))
    cells = dict(zip(head, row, strict=True))
    assert cells["actor_label"] == f"'{text}"
    assert json.loads(cells["after"]) == {"name": text}


@pytest.mark.parametrize("start", ["=", " +", "\uff1d"], ids=ascii)
def test_nothing_is_a_formula_where_spreadsheets_split_at_semicolons(
    admin: Client, start: str
) -> None:
    text = f"Ada;{start}1+cmd|' /C calc'!A0;"
    AuditEvent.objects.create(action=Action.CHANGED, actor_label=text, after={"name": text})
    sheet = admin.get(f"{LIST}export.csv").getvalue().decode()
    rows = list(csv.reader(io.StringIO(sheet, newline=""), delimiter=";"))
    assert not [
        cell for row in rows for cell in row if cell.strip().startswith(("=", "+", "\uff1d"))
    ]
    head, row = list(csv.reader(io.StringIO(sheet, newline="")))
    cells = dict(zip(head, row, strict=True))
    assert cells["actor_label"] == text.replace(f";{start}", f";'{start}")
    assert json.loads(cells["after"]) == {"name": text}


@pytest.mark.parametrize("label", ["Ada; Admin", "Ada = Admin", "a-b", "Ünal", "7", "日本語", ""])
def test_an_ordinary_cell_is_exported_as_it_is(label: str) -> None:
    assert audit_admin._cell(label) == label


@pytest.mark.parametrize("query", ["next=x", "at__gte=x", "result__no_such=1"])
def test_a_filter_that_is_none_exports_nothing_and_shows_the_list(
    admin: Client, query: str
) -> None:
    assert admin.get(f"{LIST}export.csv?{query}")["Location"] == f"{LIST}?e=1"


def test_a_large_log_is_exported_whole_and_begins_at_once(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_admin, "CHUNK", 2)
    now = timezone.now()
    times = [now, now, now, now - timedelta(days=1), now - timedelta(days=1)]
    AuditEvent.objects.bulk_create(AuditEvent(action=Action.CHANGED, at=at) for at in times)
    newest_first = list(AuditEvent.objects.order_by("-at", "-pk").values_list("pk", flat=True))
    lines = iter(admin.get(f"{LIST}export.jsonl"))
    with CaptureQueriesContext(connection) as queries:
        begun = [next(lines), next(lines)]
    assert [query["sql"].endswith("LIMIT 2") for query in queries] == [True]
    assert [json.loads(line)["id"] for line in [*begun, *lines]] == newest_first


@pytest.mark.parametrize("name", ["xml", "csv.exe"])
def test_is_exported_in_no_other_form(admin: Client, name: str) -> None:
    assert admin.get(f"{LIST}export.{name}").status_code == 403


def test_an_admin_who_may_not_look_sees_and_exports_nothing(event: AuditEvent) -> None:
    clerk = User.objects.create(name="Clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_signingkey"))
    browser = browser_of(clerk)
    assert browser.get(LIST).status_code == 403
    assert browser.get(f"{LIST}export.csv").status_code == 403


def test_a_page_costs_few_queries(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(action=Action.CHANGED, at=timezone.now() - timedelta(hours=hours))
        for hours in range(120)
    )
    with django_assert_max_num_queries(10):
        assert admin.get(LIST, {"q": "nobody"}).status_code == 200
    with django_assert_max_num_queries(10):
        assert admin.get(LIST).status_code == 200


def test_no_more_is_counted_than_anybody_pages_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_list, "MOST", 2)
    AuditEvent.objects.bulk_create(AuditEvent(action=Action.CHANGED) for _ in range(5))
    assert CappedPaginator(AuditEvent.objects.all(), 1).num_pages == 2


def test_the_page_of_an_event_offers_no_history(admin: Client, event: AuditEvent) -> None:
    page = admin.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "View event" in page
    assert "history/" not in page
