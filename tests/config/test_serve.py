"""Starts and commands that cannot go on: a sentence and status 1, no traceback."""

import base64
import fcntl
import os
import secrets
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.browser.conftest import free_port
from tests.pages import ROOT

PATIENCE = 30  # seconds
WITHOUT_FOLDER = (
    "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/nowhere'];"
    "from config.serve import prepare; prepare()"
)
WITH_PROVIDER = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("provider", "add", "github", "--kind", "github", "--client-id", "x")
"""


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Return good settings of a site whose database is not there yet."""
    return {
        "PATH": os.environ["PATH"],
        "PORT": str(free_port()),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
    }


def ended(variables: dict[str, str], *command: str) -> tuple[int, str]:
    """Run Python, and return its status and what it complained about."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


NO_POSTGRES = "postgres://root:hunter2@127.0.0.1:1/signet"
NO_REDIS = "redis://:hunter2@127.0.0.1:1/0"


@pytest.mark.parametrize(
    ("command", "changed", "sentence"),
    [
        (
            "keys list",
            {"DATABASE_URL": NO_POSTGRES},
            "The database of DATABASE_URL does not answer (OperationalError).",
        ),
        (
            "provider list",
            {"DATABASE_URL": "sqlite:////nowhere/db.sqlite3"},
            "The database of DATABASE_URL cannot be used (unable to open database file).",
        ),
        (
            "admin grant alice@example.com",
            {},
            "The database of DATABASE_URL has no such tables yet. Try: manage.py migrate",
        ),
    ],
    ids=["PostgreSQL gone", "no folder", "not migrated"],
)
def test_a_command_without_its_database_says_so(
    variables: dict[str, str], command: str, changed: dict[str, str], sentence: str
) -> None:
    status, said = ended(variables | changed, "manage.py", *command.split())
    assert status == 1
    assert said.startswith(sentence)
    assert len(said.splitlines()) == 1
    assert "hunter2" not in said


def test_a_provider_cannot_be_checked_without_redis(variables: dict[str, str]) -> None:
    variables |= {"CACHE_URL": NO_REDIS, "SIGNET_CLIENT_SECRET": "y"}
    assert ended(variables, "-c", WITH_PROVIDER) == (0, "")
    status, said = ended(variables, "manage.py", "provider", "check", "github")
    assert (status, said) == (1, "The Redis of CACHE_URL does not answer (ConnectionError).\n")


def test_a_traceback_is_there_for_who_asks(variables: dict[str, str]) -> None:
    status, said = ended(variables, "manage.py", "provider", "--traceback", "list")
    assert status == 1
    assert "Traceback" in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"DATABASE_URL": NO_POSTGRES}, "Signet cannot start. The database of DATABASE_URL does n"),
        (
            {"DATABASE_URL": "sqlite:////nowhere/db.sqlite3"},
            "Signet cannot start. The database of DATABASE_URL cannot be used (unable to open",
        ),
        (
            {"PROMETHEUS_MULTIPROC_DIR": "/dev/null/metrics"},
            "Signet cannot start: PROMETHEUS_MULTIPROC_DIR must name a folder that can be",
        ),
    ],
    ids=["PostgreSQL gone", "no folder for SQLite", "no folder for metrics"],
)
def test_the_server_does_not_start(
    variables: dict[str, str], changed: dict[str, str], sentence: str
) -> None:
    status, said = ended(variables | changed, "-m", "config.serve")
    assert (status, said.startswith(sentence)) == (1, True)
    assert len(said.splitlines()) == 1


def test_the_server_does_not_start_without_a_temporary_folder(variables: dict[str, str]) -> None:
    status, said = ended(variables, "-c", WITHOUT_FOLDER)
    sentence = "Signet cannot start: there is no temporary folder. Mount a folder that can be"
    assert (status, said.startswith(sentence)) == (1, True)
    assert len(said.splitlines()) == 1


def test_the_server_starts_with_what_an_env_file_has_left(variables: dict[str, str]) -> None:
    """gunicorn reads WEB_CONCURRENCY by itself, and takes quotes for no number."""
    left = {name: f'"{value}"\r' for name, value in variables.items() if name != "PATH"}
    quoted = variables | left | {"WEB_CONCURRENCY": '"1"\r'}
    command = [sys.executable, "-m", "config.serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=quoted, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        process.terminate()
    assert line == f"ready http://localhost:{variables['PORT']}\n"


def test_a_log_that_nobody_reads_holds_up_no_request(variables: dict[str, str]) -> None:
    """Each question at /readyz is two lines, and the pipe has room for one page of them."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    command, questions = [sys.executable, "-m", "config.serve"], 60
    with subprocess.Popen(
        command, cwd=ROOT, env=variables | {"CACHE_URL": NO_REDIS}, stderr=writer, stdout=PIPE
    ) as process:
        os.close(writer)
        assert process.stdout
        assert process.stdout.readline().startswith(b"not ready: The Redis of CACHE_URL does not")
        port = int(variables["PORT"])
        assert {status_of("/readyz", port) for _ in range(questions)} == {503}
        assert status_of("/healthz", port) == 200
        process.terminate()
        with os.fdopen(reader, "rb") as log:
            lines = log.read().splitlines()
        assert process.wait(PATIENCE) == 0
    assert sum(b" not ready: " in line for line in lines) == questions


def test_a_server_ends_although_nobody_reads_its_log(variables: dict[str, str]) -> None:
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    command = [sys.executable, "-m", "config.serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=variables | {"CACHE_URL": NO_REDIS}, stderr=writer, stdout=PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        assert {status_of("/readyz", int(variables["PORT"])) for _ in range(40)} == {503}
        process.terminate()
        assert process.wait(PATIENCE) == 0
    os.close(reader)
    os.close(writer)


def status_of(path: str, port: int) -> int:
    """Ask a server that has just said that it listens, or does so in a moment."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status
