from django.utils.translation import gettext_lazy, override

from web.commands import Command


class Saving(Command):
    help = gettext_lazy("Save")


def test_the_help_of_a_command_is_in_the_language_of_now() -> None:
    with override("de"):
        assert "Sichern" in Saving().create_parser("manage.py", "saving").format_help()
