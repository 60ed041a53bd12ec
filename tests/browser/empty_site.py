"""An empty site as `make serve` runs it, which takes a simulator for github.com. Run as a script.

The simulator is not at github.com, so an admin would have to paste its address as a third value.
That belongs to the stage and not to setting GitHub up: it is replaced here, in the one place where
the catalogue has it, and nothing else of the site knows.
"""

import os
from dataclasses import replace

from django.core.management import call_command

from config.serve import prepare, run


def main() -> None:
    prepare()
    call_command("createsuperuser", interactive=False, username="ada", verbosity=0)
    _move_github(os.environ["GITHUB_URL"])
    run()


def _move_github(url: str) -> None:
    from providers import catalogue

    kinds = catalogue.kinds()
    kinds["github"] = replace(kinds["github"], base_url=url)


if __name__ == "__main__":
    main()
