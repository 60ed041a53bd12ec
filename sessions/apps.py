"""The Django application `sessions`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from web import background


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "signet_sessions"  # Django has a `sessions` of its own
    verbose_name = _("People and sessions")

    def ready(self) -> None:
        # Models load before what uses them.
        from sessions import confirmations, revocation  # noqa: PLC0415
        from sessions.signing_keys import keyring, rotation  # noqa: PLC0415

        background.readings += [revocation.read, keyring.reload, rotation.rotate_now_and_then]
        background.writings.append(confirmations.write)
