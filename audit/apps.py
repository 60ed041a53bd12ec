"""The Django application `audit`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from web import background


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit log")

    def ready(self) -> None:
        from audit import recording  # noqa: PLC0415 - models load before what uses them

        background.writings.append(recording.write)
        background.removals[gettext_noop("audit events")] = recording.remove_expired
