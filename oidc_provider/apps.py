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
        from accounts import admin_pages, merging  # noqa: PLC0415
        from accounts.admin_pages import GROUP_PARTS  # noqa: PLC0415
        from accounts.admin_pages.people_search import FINDERS  # noqa: PLC0415
        from accounts.self_service.personal_data import PARTS  # noqa: PLC0415
        from attempts.panels import ANSWERS  # noqa: PLC0415
        from oauth_client.on_the_way import FINDERS as WAITING  # noqa: PLC0415
        from oidc_provider import (  # noqa: PLC0415
            failures,
            failures_admin,
            failures_kept,
            grants,
            group_part,
            on_the_way,
            pages,
            people,
            person_panel,
        )
        from oidc_provider.admin_pages import (  # noqa: PLC0415
            PANELS,
            TOOLS,
            URLS,
            check,
            preview,
            trial,
        )

        GROUP_PARTS.append(group_part.OPENED)
        WAITING.append(on_the_way.app_at)
        PARTS.extend((people.SIGN_INS, people.CONSENTS))
        merging.DUPLICATES.append(people.settle_duplicates)
        merging.PARTS[gettext_noop("consents to apps")] = people.consents_of
        merging.PARTS[gettext_noop("apps that are open to this person by name")] = people.named
        admin_pages.PANELS.append(person_panel.apps_panel)
        admin_pages.PAGES["end_app"] = person_panel.end_app
        background.readings.append(pages.look_now_and_then)
        background.removals["grants of apps"] = grants.remove_ended
        background.removals["failures of apps"] = failures_kept.remove_failures
        background.removals["counts of failures of apps"] = failures_kept.remove_counts
        background.writings += [failures.ROWS.write, failures.COUNTS.write]
        PARTS.append(failures_kept.APP_FAILURES)
        merging.PARTS[gettext_noop("app failures")] = failures_kept.failures_of
        FINDERS.append(failures_kept.people_of)
        ANSWERS.append(failures_kept.answer_to)
        PANELS.append(check.panel)
        PANELS.append(failures_admin.failures_panel)
        TOOLS.extend((check.tools, trial.tools, preview.tools))
        URLS.extend((check.urls, trial.urls, preview.urls))
