import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import confirmations
from accounts.models import Session, User
from accounts.session_tokens import issue_session_token, validate_session_token

pytestmark = pytest.mark.django_db
LATER = timezone.now() + timedelta(days=1)


def confirmed() -> int:
    return Session.objects.get().confirmed_generation


def test_the_first_sight_of_a_token_confirms_its_generation(alices_session: Session) -> None:
    Session.objects.update(generation=3)
    alices_session.refresh_from_db()
    validate_session_token(issue_session_token(alices_session, alices_session.user).text)
    assert confirmed() == 0
    confirmations.write()
    assert confirmed() == 3


def test_a_token_that_is_only_issued_confirms_nothing(alices_session: Session) -> None:
    alices_session.generation = 3
    issue_session_token(alices_session, alices_session.user)
    confirmations.write()
    assert confirmed() == 0


def test_an_earlier_generation_takes_nothing_back(alices_session: Session) -> None:
    sid = str(alices_session.pk)
    for generation in (5, 4):
        confirmations.note(sid, generation)
        confirmations.write()
    assert confirmed() == 5


def test_many_are_written_in_one_statement(
    alices_session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    confirmations.note(str(alices_session.pk), 2)
    for number in range(50):
        confirmations.note(f"00000000-0000-4000-8000-{number:012}", 1)
    with django_assert_num_queries(1):
        confirmations.write()
    assert confirmed() == 2
    with django_assert_num_queries(0):
        confirmations.write()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time on SQLite")
@pytest.mark.django_db(transaction=True)
def test_it_does_not_wait_for_whoever_changes_a_session_as_they_might_wait_for_it(
    alices_session: Session, bob: User
) -> None:
    bobs_session = Session.objects.create(user=bob, auth_time=timezone.now(), expires_at=LATER)
    for session in (alices_session, bobs_session):
        confirmations.note(str(session.pk), 2)

    def write() -> None:
        confirmations.write()
        connections.close_all()

    thread = threading.Thread(target=write)
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=alices_session.pk)
        thread.start()
        thread.join(timeout=5)
        assert Session.objects.get(pk=bobs_session.pk).confirmed_generation == 2
    thread.join()


@pytest.mark.parametrize(
    ("sid", "generation"),
    [(None, 1), (5, 1), ("sid", None), ("sid", "1"), ("sid", True), ("sid", 0)],
    ids=str,
)
def test_what_is_no_generation_is_not_noted(sid: object, generation: object) -> None:
    confirmations.note(sid, generation)
    assert not confirmations._seen


def test_what_is_noted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmations, "MOST", 2)
    for number in range(5):
        confirmations.note(f"sid-{number}", 1)
    assert len(confirmations._seen) == 2
