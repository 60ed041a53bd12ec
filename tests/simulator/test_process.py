import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from simulator.process import ROOT, SimulatorProcess

Process = subprocess.Popen[str]


@pytest.fixture
def process() -> Iterator[Process]:
    with _start("--port=0") as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_says_ready_once_and_ends_cleanly(process: Process, number: signal.Signals) -> None:
    assert process.stdout
    ready = process.stdout.readline()
    requests.get(ready.split()[1], timeout=5)

    process.send_signal(number)
    rest, errors = process.communicate(timeout=5)

    assert ready.startswith("ready http://127.0.0.1:")
    assert (rest, errors, process.returncode) == ("", "", 0)


def test_talks_about_paths_when_asked_to() -> None:
    with _start("--port=0", "--verbose") as process:
        assert process.stdout
        url = process.stdout.readline().split()[1]
        requests.get(f"{url}/demo/authorize?state=a-secret-state", timeout=5)

        assert process.stdout.readline() == "GET /demo/authorize\n"
        process.terminate()


def test_says_nothing_of_peers_that_hang_up_or_do_not_trust_it(process: Process) -> None:
    assert process.stdout
    simulator = SimulatorProcess(process.stdout.readline().split()[1])
    simulator.arm("untrusted_certificate", "demo")
    document = f"{simulator.url}/demo/.well-known/openid-configuration"
    endpoint = requests.get(document, timeout=5).json()["token_endpoint"]
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(endpoint, timeout=5)
    address = urlsplit(endpoint)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection.recv(1024)
    with socket.create_connection(("127.0.0.1", int(urlsplit(simulator.url).port or 0))) as hasty:
        hasty.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert requests.get(simulator.url, timeout=5).status_code == 200

    process.terminate()
    rest, errors = process.communicate(timeout=5)

    assert (rest, errors) == ("", "")


def test_sends_nobody_back_where_nothing_is_registered(process: Process) -> None:
    assert process.stdout
    url = process.stdout.readline().split()[1]
    authorize = f"{url}/github/login/oauth/authorize?client_id=signet-github"

    for query in ("", "&redirect_uri=http://localhost:8000/"):
        response = requests.get(authorize + query, timeout=5, allow_redirects=False)
        assert response.status_code == 404


def test_says_when_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with _start(f"--port={port}") as process:
            _, errors = process.communicate(timeout=5)

    assert f"Cannot listen on 127.0.0.1:{port}" in errors
    assert process.returncode == 1


@pytest.mark.parametrize("origin", ["localhost:8000", "ftp://localhost", "http://localhost/path"])
def test_refuses_what_is_no_origin(origin: str) -> None:
    with _start(f"--redirect-origin={origin}") as process:
        _, errors = process.communicate(timeout=5)

    assert "is not an origin" in errors
    assert process.returncode == 2


def test_imports_nothing_of_the_site_and_little_else() -> None:
    code = (
        "import sys, simulator.__main__ as main; main._configure('127.0.0.1');"
        "import simulator.urls;"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'oauth_client', 'accounts', 'sessions', 'config', 'protocol', 'encryption',"
        " 'allauth', 'requests', 'pytest'}))"
    )

    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert output.stdout == "[]\n"


def _start(*options: str) -> Process:
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
