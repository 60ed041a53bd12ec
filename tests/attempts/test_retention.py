"""`manage.py cleanup` forgets what is older than the setting says."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from attempts.models import SignInAttempt, SignInCount
from tests.attempts.rows import REFERENCE, add_attempt


@pytest.mark.django_db
def test_what_is_older_than_the_setting_is_removed(settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPT_RETENTION = 86_400
    now, output = timezone.now(), StringIO()
    add_attempt()
    add_attempt(reference="AAAA-BBBB", created_at=now - timedelta(days=1, minutes=1))
    for days in (0, 3):
        day = (now - timedelta(days=days)).date()
        SignInCount.objects.create(day=day, provider="demo", what="begun", number=1)

    call_command("cleanup", stdout=output)

    assert [attempt.reference for attempt in SignInAttempt.objects.all()] == [REFERENCE]
    assert SignInCount.objects.count() == 1
    assert {"Deleted sign-ins: 1", "Deleted counts of sign-ins: 1"} <= set(
        output.getvalue().splitlines()
    )
