"""The Django application `oidc_provider`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from web import background


class OidcProviderConfig(AppConfig):
    name = "oidc_provider"
    verbose_name = _("Apps")

    def ready(self) -> None:
        # Models load before what uses them.
        from accounts import merging  # noqa: PLC0415
        from accounts.admin_pages import GROUP_PARTS  # noqa: PLC0415
        from accounts.admin_pages.people_search import FINDERS  # noqa: PLC0415
        from accounts.self_service.personal_data import PARTS  # noqa: PLC0415
        from attempts.panels import ANSWERS  # noqa: PLC0415
        from oidc_provider import (  # noqa: PLC0415
            failures,
            failures_admin,
            failures_kept,
            grants,
            group_part,
        )
        from oidc_provider.admin_pages import PANELS, TOOLS, URLS, check  # noqa: PLC0415

        GROUP_PARTS.append(group_part.OPENED)
        background.removals["grants of apps"] = grants.remove_ended
        background.removals["failures of apps"] = failures_kept.remove_failures
        background.removals["counts of failures of apps"] = failures_kept.remove_counts
        background.writings += [failures.ROWS.write, failures.COUNTS.write]
        PARTS.append(failures_kept.APP_FAILURES)
        merging.PARTS[gettext_noop("failures of apps")] = failures_kept.failures_of
        FINDERS.append(failures_kept.people_of)
        ANSWERS.append(failures_kept.answer_to)
        PANELS.append(check.panel)
        PANELS.append(failures_admin.failures_panel)
        TOOLS.append(check.tools)
        URLS.append(check.urls)
