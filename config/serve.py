"""`make serve`: the production server, with the settings of the environment.

Applies migrations, makes the first signing key, and then answers requests until it is stopped.
"""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError

from config import metrics_folder
from config.env import SettingsError


def main() -> None:
    prepare()
    run()


def prepare() -> None:
    """Load the site, migrate, and make sure that a key signs; or say what has to be mended."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        metrics_folder.prepare(settings.WEB_CONCURRENCY)
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
    except SettingsError as error:
        sys.exit(f"Signet cannot start. Please mend these settings:\n{error}")
    except OperationalError:
        sys.exit("Signet cannot start: the database of DATABASE_URL does not answer.")
    _ensure_signing_key()


def run() -> None:
    """Answer requests. The server is imported late: the settings have been checked by now."""
    from config.server import Server

    Server().run()


def _ensure_signing_key() -> None:
    import accounts
    from encryption import SealBrokenError

    try:
        accounts.ensure_signing_key()
    except SealBrokenError:
        sys.exit("Signet cannot start: ENCRYPTION_KEYS do not open the keys in the database.")


if __name__ == "__main__":
    main()
