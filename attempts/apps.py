"""The Django application `attempts`."""

from django.apps import AppConfig

from web import background


class AttemptsConfig(AppConfig):
    name = "attempts"
    verbose_name = "Sign-ins"

    def ready(self) -> None:
        # Models load before what uses them.
        from accounts.admin_pages.people_search import find_people_by  # noqa: PLC0415
        from accounts.admin_pages.person_page import on_page_of_person  # noqa: PLC0415
        from accounts.self_service.personal_data import in_personal_data  # noqa: PLC0415
        from attempts import counting, daily, panels, recording  # noqa: PLC0415

        find_people_by(panels.people_of)
        on_page_of_person(panels.sign_ins_panel)
        background.writings += [counting.write, recording.write, daily.keep_days]
        in_personal_data(panels.SIGN_INS)
        background.removals["sign-ins"] = panels.remove_attempts
        background.removals["counts of sign-ins"] = panels.remove_counts
