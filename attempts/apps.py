"""The Django application `attempts`."""

from django.apps import AppConfig

from web.background import in_background, in_cleanup


class AttemptsConfig(AppConfig):
    name = "attempts"
    verbose_name = "Sign-ins"

    def ready(self) -> None:
        # Models load before what uses them.
        from accounts.admin_pages import PANELS  # noqa: PLC0415
        from accounts.admin_pages.people_search import FINDERS  # noqa: PLC0415
        from accounts.self_service.personal_data import PARTS  # noqa: PLC0415
        from attempts import counting, daily, panels, recording, retention  # noqa: PLC0415

        FINDERS.append(panels.people_of)
        PANELS.append(panels.sign_ins_panel)
        in_background(counting.write)
        in_background(recording.write)
        in_background(daily.keep_days)
        PARTS.append(retention.SIGN_INS)
        in_cleanup("sign-ins", retention.remove_attempts)
        in_cleanup("counts of sign-ins", retention.remove_counts)
