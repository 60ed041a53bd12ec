"""The Django application `audit`."""

from django.apps import AppConfig

from web.background import in_background, in_cleanup


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        from audit import recording  # noqa: PLC0415 - models load before what uses them

        in_background(recording.write)
        in_cleanup("audit events", recording.remove_expired)
