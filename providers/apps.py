"""The Django application `providers`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Providers")

    def ready(self) -> None:
        # Models load before what uses them.
        from accounts.vouching import JUDGES  # noqa: PLC0415
        from providers.models import Provider  # noqa: PLC0415

        JUDGES.append(Provider.objects.may_vouch_now)
