"""The Django application `accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from sessions import sessions  # noqa: PLC0415 - models load before receivers can

        sessions.listen()
