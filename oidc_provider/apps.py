"""The Django application `oidc_provider`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from web import background, redirects


class OidcProviderConfig(AppConfig):
    name = "oidc_provider"
    verbose_name = _("Apps")

    def ready(self) -> None:
        # Models load before what uses them.
        from oidc_provider import failures, failures_kept, grants, pages  # noqa: PLC0415

        redirects.LOOKS.append(pages.look_for_apps)
        background.readings.append(pages.look_now_and_then)
        background.writings += [failures.ROWS.write, failures.COUNTS.write]
        background.removals["grants of apps"] = grants.remove_ended
        background.removals["failures of apps"] = failures_kept.remove_failures
        background.removals["counts of failures of apps"] = failures_kept.remove_counts
        _join_pages()
        _join_people()
        _join_pages_of_apps()


def _join_pages() -> None:
    """Add apps to pages of other rooms."""
    from accounts import admin_pages  # noqa: PLC0415
    from accounts.admin_pages.people_search import FINDERS  # noqa: PLC0415
    from attempts.panels import ANSWERS  # noqa: PLC0415
    from oauth_client.on_the_way import FINDERS as WAITING  # noqa: PLC0415
    from oidc_provider import failures_kept, group_part, on_the_way, person_panel  # noqa: PLC0415

    admin_pages.GROUP_PARTS.append(group_part.OPENED)
    admin_pages.PANELS.append(person_panel.apps_panel)
    admin_pages.PAGES["end_app"] = person_panel.end_app
    WAITING.append(on_the_way.app_at)
    FINDERS.append(failures_kept.people_of)
    ANSWERS.append(failures_kept.answer_to)


def _join_people() -> None:
    """Add what is kept of a person: it is exported, and it moves when people are merged."""
    from accounts import merging  # noqa: PLC0415
    from accounts.self_service.personal_data import PARTS  # noqa: PLC0415
    from oidc_provider import failures_kept, people  # noqa: PLC0415

    PARTS.extend((people.SIGN_INS, people.CONSENTS, failures_kept.APP_FAILURES))
    merging.DUPLICATES.append(people.settle_duplicates)
    merging.PARTS[gettext_noop("consents to apps")] = people.consents_of
    merging.PARTS[gettext_noop("apps that are open to this person by name")] = people.named
    merging.PARTS[gettext_noop("app failures")] = failures_kept.failures_of


def _join_pages_of_apps() -> None:
    """Add pages and panels to the page of an app in the admin."""
    from oidc_provider import failures_admin  # noqa: PLC0415
    from oidc_provider.admin_pages import (  # noqa: PLC0415
        PANELS,
        TOOLS,
        URLS,
        check,
        preview,
        trial,
    )

    PANELS.extend((check.panel, failures_admin.failures_panel))
    TOOLS.extend((check.tools, trial.tools, preview.tools))
    URLS.extend((check.urls, trial.urls, preview.urls))
