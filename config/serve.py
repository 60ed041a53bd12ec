"""`make serve`: the production server, with the settings of the environment.

Applies migrations, makes the first signing key, and then answers requests until it is stopped.
"""

import os
import sys
import tempfile

import django
from django.conf import settings
from django.core.management import call_command

from config import metrics_folder
from config.env import SettingsError
from config.outage import PARTS_GONE, sentence


def main() -> None:
    prepare()
    run()


def prepare() -> None:
    """Load the site, migrate, and make sure that a key signs; or say what has to be mended."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        _prepare_folders()
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        _ensure_signing_key()
    except SettingsError as error:
        sys.exit(f"Signet cannot start. Please correct these settings:\n{error}")
    except PARTS_GONE as error:
        if not sentence(error):
            raise
        sys.exit(f"Signet cannot start. {sentence(error)}")


def run() -> None:
    """Answer requests. The server is imported late: the settings have been checked by now."""
    os.environ["WEB_CONCURRENCY"] = str(settings.WEB_CONCURRENCY)  # gunicorn reads it as it is
    from config.server import Server

    Server().run()


def _prepare_folders() -> None:
    """See to the folders in which the processes of the server meet, and which they write to."""
    processes = settings.WEB_CONCURRENCY
    try:
        tempfile.gettempdir()  # which tries to write there
    except OSError:
        words = "Mount a folder that can be written to at /tmp, or name one in TMPDIR."
        sys.exit(f"Signet cannot start: there is no temporary folder. {words}")
    try:
        metrics_folder.prepare(processes)
    except OSError:
        words = f"{metrics_folder.FOLDER} must name a folder that can be written to."
        sys.exit(f"Signet cannot start: {words}")


def _ensure_signing_key() -> None:
    from encryption import SealBrokenError
    from sessions.signing_keys.keyring import ensure_signing_key

    try:
        ensure_signing_key()
    except SealBrokenError:
        sys.exit("Signet cannot start: ENCRYPTION_KEYS do not open the keys in the database.")


if __name__ == "__main__":
    main()
