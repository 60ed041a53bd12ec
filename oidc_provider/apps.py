"""The Django application `oidc_provider`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from web import background


class OidcProviderConfig(AppConfig):
    name = "oidc_provider"
    verbose_name = _("Apps")

    def ready(self) -> None:
        # Models load before what uses them.
        from accounts.admin_pages import GROUP_PARTS  # noqa: PLC0415
        from oidc_provider import grants, group_part  # noqa: PLC0415

        GROUP_PARTS.append(group_part.OPENED)
        background.removals["grants of apps"] = grants.remove_ended
