import sys
from datetime import timedelta

import pytest
from django.urls import resolve
from django.utils import timezone

from attempts.models import SignInAttempt, SignInCount, from_json
from audit.models import AuditEvent
from bench import admin_pages, seed
from diagnosis.entries import DIAGNOSES
from providers.models import Provider
from sessions.models import Session, User

pytestmark = pytest.mark.django_db


def test_makes_people_with_sessions_and_sign_ins_as_they_are_stored() -> None:
    seed.seed(users=20, attempts=900)
    assert (User.objects.count(), Session.objects.count()) == (20, 20)
    assert abs(SignInAttempt.objects.count() - 900) < 90  # a number is rounded on each day
    assert set(SignInAttempt.objects.values_list("provider", flat=True)) <= set(
        Provider.objects.values_list("slug", flat=True)
    )
    worked = SignInAttempt.objects.filter(diagnosis="").latest("created_at")
    assert worked.user is not None
    assert resolve(f"/sign-in/failed/{worked.reference}/")
    assert {hop.step for hop in from_json(worked.hops)} == {3, 4, 5, 6, 7, 8}
    assert SignInCount.objects.filter(what="begun").exists()


def test_makes_sign_ins_of_90_days_that_fail_for_known_causes() -> None:
    seed.seed(users=5, attempts=900)
    now = timezone.now()
    assert SignInAttempt.objects.earliest("created_at").created_at > now - timedelta(days=90)
    assert SignInAttempt.objects.latest("created_at").created_at <= now
    failed = SignInAttempt.objects.exclude(diagnosis="").values_list("diagnosis", flat=True)
    assert 0 < len(failed) < 150
    assert set(failed) <= set(DIAGNOSES)


def test_keeps_in_the_audit_log_what_came_to_people_who_are_known() -> None:
    seed.seed(users=5, attempts=3000)
    known = SignInAttempt.objects.exclude(user=None)
    events = AuditEvent.objects.filter(action__in=("signed_in", "sign_in_failed"))
    assert set(events.values_list("reference", "actor_id")) == {
        (reference, str(person)) for reference, person in known.values_list("reference", "user")
    }
    assert events.filter(reason="account_suspended").exists()


def test_refuses_a_database_with_people_in_it(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["admin_pages", "--people", "5", "--sign-ins", "10"])
    with pytest.raises(SystemExit, match="There are people in this database"):
        admin_pages.main()
    assert User.objects.count() == 1
