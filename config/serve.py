"""`make serve`: the production server, with the settings of the environment."""

import os
import sys
import tempfile

import django
from django.conf import settings
from django.core.management import call_command

from config import folders
from config.env import SettingsError
from config.outage import parts_gone, sentence
from sessions.errors import SigningKeyUnreadableError


def prepare() -> None:
    """Load the site, migrate, and make sure that a signing key exists. Exit if that fails."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        _prepare_folders()
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        from sessions.signing_keys.keyring import ensure_signing_key
        from web.models import read

        ensure_signing_key()
        read()  # the name and looks of the site, for the processes that are forked next
    except SettingsError as error:
        sys.exit(f"Signet cannot start. Please correct these settings:\n{error}")
    except SigningKeyUnreadableError:
        sys.exit("Signet cannot start: ENCRYPTION_KEYS do not open the keys in the database.")
    except parts_gone() as error:
        if not sentence(error):
            raise
        sys.exit(f"Signet cannot start. {sentence(error)}")


def run(beside: str = "") -> None:
    """Serve requests. The server is imported only after the settings have been checked.

    `beside` is printed once it is ready.
    """
    os.environ["WEB_CONCURRENCY"] = str(settings.WEB_CONCURRENCY)  # gunicorn reads it as it is
    from config.server import Server

    Server(beside).run()


def _prepare_folders() -> None:
    processes = settings.WEB_CONCURRENCY
    advice = "Mount a folder that can be written to at /tmp, or name one in TMPDIR."
    problem = f"there is no temporary folder. {advice}"
    try:
        tempfile.gettempdir()  # which tries to write there
        problem = f"{folders.METRICS} must name a folder that can be written to."
        folders.prepare_metrics(processes)
    except OSError:
        sys.exit(f"Signet cannot start: {problem}")


if __name__ == "__main__":
    prepare()
    run()
