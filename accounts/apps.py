"""The Django application `accounts`, and the admin, which signs in through `/sign-in/`."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from web import background


class AccountsConfig(AppConfig):
    default = True
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import models, proven_addresses  # noqa: PLC0415 - models load before them

        what = gettext_noop("email addresses that no account verifies")
        background.removals[what] = proven_addresses.settle_all
        background.removals[gettext_noop("expired links")] = models.remove_expired


class SignetAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "accounts.admin_pages.site.SignetAdminSite"
