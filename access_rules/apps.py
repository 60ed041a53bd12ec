"""The Django application `access_rules`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from web import background


class AccessRulesConfig(AppConfig):
    name = "access_rules"
    verbose_name = _("Access rules")

    def ready(self) -> None:
        # Models load before what uses them.
        from access_rules import granting, models, recheck, stored  # noqa: PLC0415
        from accounts.admin_pages import GROUP_PARTS  # noqa: PLC0415
        from accounts.self_service.personal_data import PARTS  # noqa: PLC0415
        from sessions import groups  # noqa: PLC0415
        from sessions.before_deletion import call_before_deletion  # noqa: PLC0415

        groups.CHECKS.append(models.check_given)
        GROUP_PARTS.append(granting.BY_RULES)
        call_before_deletion(recheck.revoke_tokens_of)
        PARTS.append(stored.MEMBERSHIPS)
        background.removals[gettext_noop("provider tokens")] = stored.remove_unneeded_tokens
