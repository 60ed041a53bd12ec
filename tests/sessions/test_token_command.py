"""`manage.py token explain`"""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from sessions.session_tokens import validate_session_token
from tests.sessions.outage import database_gone
from tests.sessions.tokens import changed

pytestmark = pytest.mark.django_db


def type_in(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))


def test_accepts_what_comes_by_standard_input(
    alices_token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, f"{alices_token}\n".encode())
    call_command("token", "explain")
    said = capsys.readouterr().out
    first, *_, last = said.splitlines()
    assert first == "A session JWT of this site."
    assert last == "The token is accepted."
    assert '"idp": "github"' in said
    assert alices_token.rpartition(".")[2] not in said


def test_reads_a_file_and_fails_when_the_token_would_be_refused(
    alices_token: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_text(changed(alices_token, {"exp": 1, "name": "Eve\x1b[2J\u202e"}))
    with pytest.raises(CommandError, match="The token is refused. The token expired"):
        call_command("token", "explain", file=file)
    said = capsys.readouterr().out
    assert "PROBLEM  time      The token expired" in said
    assert "exp: 1970-01-01 00:00:01 UTC" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_says_that_nobody_can_say_while_the_database_is_gone(
    alices_token: str, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "token"
    file.write_text(alices_token)
    validate_session_token(alices_token)
    settings.REVOCATION_STALE_AFTER = -1
    with database_gone(), pytest.raises(CommandError, match="The token can't be checked now"):
        call_command("token", "explain", file=file)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"no token", b"A" * 10**6, b"a.b.c", "\u00e4".encode()],
    ids=["nothing", "no UTF-8", "words", "1 MB", "three parts", "a letter"],
)
def test_refuses_what_is_no_token(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, raw)
    with pytest.raises(CommandError, match="The token is refused"):
        call_command("token", "explain")


def test_says_that_nobody_vouches(
    alices_token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    head, payload, _ = alices_token.split(".")
    type_in(monkeypatch, f"{head}.{payload}.{'A' * 86}".encode())
    with pytest.raises(CommandError):
        call_command("token", "explain")
    assert "The contents are not verified." in capsys.readouterr().out


def test_names_a_file_that_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Can't read .*nowhere"):
        call_command("token", "explain", file=tmp_path / "nowhere")


def test_takes_no_token_as_an_argument(alices_token: str) -> None:
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command("token", "explain", alices_token)
