"""`manage.py site show | set`."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from tests.web.pictures import png
from web import whose_site
from web.models import Site

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    """Return what the command says of each field."""
    call_command("site", *arguments)
    return dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())


NOTHING = dict.fromkeys(("name", "logo", "accent", "support", "terms", "privacy"), "not set")


def test_shows_that_nothing_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "show") == NOTHING


def test_sets_what_is_named_and_leaves_the_rest(
    capsys: pytest.CaptureFixture[str], django_capture_on_commit_callbacks: Any
) -> None:
    run(capsys, "set", "--name", "Acme", "--support", "help@acme.example")
    with django_capture_on_commit_callbacks(execute=True):
        shown = run(capsys, "set", "--accent", "#0050B3", "--terms", "https://acme.example/terms")
    assert shown == NOTHING | {
        "name": "Acme",
        "accent": "#0050b3",
        "support": "mailto:help@acme.example",
        "terms": "https://acme.example/terms",
    }
    assert whose_site.current().accent == "#0050b3"
    event = AuditEvent.objects.all()[0]
    assert (event.actor_label, event.target_label) == ("command line", "Acme")
    assert event.after == {"accent": "#0050b3", "terms": "https://acme.example/terms"}


def test_sets_and_clears_the_logo(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "logo").write_bytes(png())
    shown = run(capsys, "set", "--logo", str(tmp_path / "logo"), "--name", "Acme")
    assert shown["logo"] == Site.objects.get().logo_name
    shown = run(capsys, "set", "--clear", "logo", "--clear", "name")
    assert (shown["logo"], shown["name"]) == ("not set", "not set")


def test_what_stays_the_same_is_not_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        run(capsys, "set", "--name", "Acme")
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "^Give at least one option, such as --name.$"),
        (["--clear", "colour"], "^There is no field colour. The fields are: name, logo, accent, "),
        (["--clear", "name", "--name", "Acme"], "^Set name or clear it, not both.$"),
        (["--accent", "#ffcc00"], "^--accent: #ffcc00 is too light: .* nearest colour .* is #"),
        (["--accent", "blue"], "^--accent: Enter a colour such as #0d5c4d"),
        (["--support", "x"], "^--support: Enter an email address"),
        (
            ["--terms", "http://x.example", "--privacy", "x"],
            "^--terms: Enter .*\n--privacy: Enter ",
        ),
        (["--name", "x" * 51], "^--name: Ensure this value has at most 50 characters"),
        (["--logo", "/no/such/file"], "^/no/such/file can't be read.$"),
        (["--logo", __file__], "^--logo: This is not a PNG, JPEG, WebP or plain SVG image"),
    ],
)
def test_refuses_with_a_sentence(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("site", "set", *arguments)
    assert not Site.objects.exists()


def test_a_logo_is_not_read_further_than_it_may_be_long(tmp_path: Path) -> None:
    (tmp_path / "logo").write_bytes(png() + bytes(100_000))
    with pytest.raises(CommandError, match="^--logo: .* larger than 48 KiB"):
        call_command("site", "set", "--logo", str(tmp_path / "logo"))
