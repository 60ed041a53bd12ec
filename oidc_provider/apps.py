"""The Django application `oidc_provider`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from web import background


class OidcProviderConfig(AppConfig):
    name = "oidc_provider"
    verbose_name = _("Apps")

    def ready(self) -> None:
        # Models load before what uses them.
        from oauth_client.on_the_way import FINDERS  # noqa: PLC0415
        from oidc_provider import grants, on_the_way, pages  # noqa: PLC0415

        FINDERS.append(on_the_way.app_at)

        background.readings.append(pages.look_now_and_then)
        background.removals["grants of apps"] = grants.remove_ended
