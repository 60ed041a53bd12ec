"""The Django application `audit`."""

from django.apps import AppConfig

from web import background


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        from audit import recording  # noqa: PLC0415 - models load before what uses them

        background.writings.append(recording.write)
        background.removals["audit events"] = recording.remove_expired
