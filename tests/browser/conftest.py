"""The demo as `make demo` runs it, and a Chromium to visit it with."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from simulator.process import ROOT, SimulatorProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Demo:
    """A running demo, and the folder with what it has made."""

    url: str
    directory: Path
    simulator: SimulatorProcess
    app_url: str


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run the demo for a browser that is there."""
    chromium_path()
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@contextmanager
def running_demo(directory: Path) -> Iterator[Demo]:
    """Run the demo in a folder of its own, on free ports."""
    port, simulator_port, app_port = free_port(), free_port(), free_port()
    own = {"PORT": port, "SIMULATOR_PORT": simulator_port, "APP_PORT": app_port}
    command = [sys.executable, "-m", "config.demo"]
    environment = os.environ | {name: str(number) for name, number in own.items()}
    environment |= {"DEMO_DIR": str(directory)}
    with (
        (directory / "log").open("w") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout
        line = process.stdout.readline()
        assert line == f"ready http://localhost:{port}\n", (directory / "log").read_text()
        app_url = f"http://127.0.0.1:{app_port}"
        assert process.stdout.readline() == f"an app to sign in to: {app_url}\n"
        simulator = SimulatorProcess(f"http://127.0.0.1:{simulator_port}")
        try:
            yield Demo(line.split()[1], directory, simulator, app_url)
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


def run_beside(demo: Demo, code: str, *arguments: str, **environment: str) -> str:
    """Run Python in Django with the settings of the demo; return what it prints."""
    settings = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "BASE_URL": demo.url,
        "SECRET_KEY_FILE": str(demo.directory / "secret_key"),
        "ENCRYPTION_KEYS_FILE": str(demo.directory / "encryption_keys"),
        "DATABASE_URL": f"sqlite:///{demo.directory / 'db.sqlite3'}",
    }
    command = [sys.executable, "-c", f"import django; django.setup(); {code}", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=settings | environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium. Its event loop ends with the module: Django wants none around its tests."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)


@pytest.fixture
def context(chromium: Browser, demo: Demo) -> Iterator[BrowserContext]:
    """A visitor's browser on a phone, with scripts switched off."""
    demo.simulator.clear_faults()
    viewport = {"width": 390, "height": 844}
    context = chromium.new_context(
        base_url=demo.url,
        viewport=viewport,  # type: ignore[arg-type]
        java_script_enabled=False,
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    context.set_default_timeout(10_000)  # milliseconds
    return context.new_page()


def complaints_of(page: Page) -> list[str]:
    """Return a list that fills with what the browser complains of: broken rules, not its advice."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    return complaints


def chromium_path() -> str:
    return CHROMIUM or do_without("there is no Chromium on this machine")


def do_without(reason: str) -> NoReturn:
    """Skip what this machine cannot run; CI has to be able to run everything."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI has to have it")
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
