"""`manage.py cleanup`: remove what has expired. Run it once a day."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Q
from django.utils import timezone

from sessions.lifetime import idle_since
from sessions.models import Session
from web.background import removals

KEPT = timedelta(days=1)  # after its end, so that an admin can see how a session ended


class Command(BaseCommand):
    help = "Remove sessions that have ended, and records that are old enough."

    def handle(self, *_: Any, **__: Any) -> None:
        before = timezone.now() - KEPT
        is_over = Q(expires_at__lt=before) | Q(revoked_at__lt=before)
        is_idle = Q(refreshed_at__lt=idle_since(before))
        removed = Session.objects.filter(is_over | is_idle).delete()[0]
        self.stdout.write(f"sessions removed: {removed}")
        for what, remove in removals.items():
            self.stdout.write(f"{what} removed: {remove()}")
