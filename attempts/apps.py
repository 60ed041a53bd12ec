"""The Django application `attempts`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from web import background


class AttemptsConfig(AppConfig):
    name = "attempts"
    verbose_name = _("Sign-ins")

    def ready(self) -> None:
        # Models load before what uses them.
        from accounts import merging  # noqa: PLC0415
        from accounts.admin_pages import PANELS  # noqa: PLC0415
        from accounts.admin_pages.people_search import FINDERS  # noqa: PLC0415
        from accounts.self_service.personal_data import PARTS  # noqa: PLC0415
        from attempts import counting, daily, panels, recording  # noqa: PLC0415

        FINDERS.append(panels.people_of)
        merging.PARTS[gettext_noop("sign-ins")] = panels.attempts_of
        PANELS.append(panels.sign_ins_panel)
        background.writings += [counting.write, recording.write, daily.keep_days]
        PARTS.append(panels.SIGN_INS)
        background.removals["sign-ins"] = panels.remove_attempts
        background.removals["counts of sign-ins"] = panels.remove_counts
