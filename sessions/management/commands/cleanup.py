"""`manage.py cleanup`: remove what has expired. Run it once a day."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions.lifetime import idle_since
from sessions.models import Session
from web.background import removals
from web.commands import Command as SignetCommand

KEPT = timedelta(days=1)  # after its end, so that an admin can see how a session ended


class Command(SignetCommand):
    help = gettext_lazy("Delete ended sessions and old records. Run it once a day.")

    def handle(self, *args: Any, **options: Any) -> None:
        before = timezone.now() - KEPT
        is_over = Q(expires_at__lt=before) | Q(revoked_at__lt=before)
        is_idle = Q(refreshed_at__lt=idle_since(before))
        _all, of_each = Session.objects.filter(is_over | is_idle).delete()
        removed = of_each.get(Session._meta.label, 0)  # noqa: SLF001 - documented by Django
        self.stdout.write(_("Sessions deleted: {number}").format(number=removed))
        words = _("Deleted {what}: {number}")
        for what, remove in removals.items():
            self.stdout.write(words.format(what=_(what), number=remove()))
