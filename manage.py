#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys

from django.core.management import execute_from_command_line

from config.env import SettingsError
from config.outage import parts_gone, sentence


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except SettingsError as error:
        sys.exit(f"Signet cannot start. Please correct these settings:\n{error}")
    except parts_gone() as error:
        if "--traceback" in sys.argv or not sentence(error):
            raise
        sys.exit(sentence(error))


if __name__ == "__main__":
    main()
