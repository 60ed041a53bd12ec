"""The Django application `providers`."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = "Providers"

    def ready(self) -> None:
        # Models load before what uses them.
        from accounts.vouching import ask_who_may_vouch  # noqa: PLC0415
        from providers.models import Provider  # noqa: PLC0415

        ask_who_may_vouch(Provider.objects.may_vouch_now)
