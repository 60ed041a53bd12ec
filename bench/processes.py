"""Processes of the benchmark, each pinned to a core."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORES = sorted(os.sched_getaffinity(0))
SITE_CORE, LOAD_CORE = CORES[0], CORES[-1]
TICK = os.sysconf("SC_CLK_TCK")  # a second, in the kernel's units of CPU time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pin_to_load_core() -> None:
    """Keep this process, which makes the load, off the site's core."""
    os.sched_setaffinity(0, {LOAD_CORE})


def pinned_to(core: int) -> Callable[[], None]:
    """Return what a process does first to stay on one core, with all its children."""
    return lambda: os.sched_setaffinity(0, {core})


def run(command: list[str], environment: Mapping[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


@contextmanager
def process_of(
    command: list[str], environment: Mapping[str, str], core: int
) -> Iterator["subprocess.Popen[str]"]:
    """Run a process for as long as the block, on one core with all its children."""
    environment = dict(environment) or dict(os.environ)
    with ExitStack() as stack:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if not os.environ.get("BENCH_VERBOSE") else None,
            text=True,
            preexec_fn=pinned_to(core),  # noqa: PLW1509 - no thread has been started yet
        )
        stack.enter_context(process)
        stack.callback(process.terminate)
        yield process


def await_line(process: "subprocess.Popen[str]", start: str) -> None:
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith(start):
        message = f"{process.args!r} did not start; BENCH_VERBOSE=1 shows why"
        raise RuntimeError(message)


def await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the site did not start; BENCH_VERBOSE=1 shows why")


def cpu_seconds_of(pid: int) -> float:
    """Return user and system time (proc(5), fields 14 and 15 of `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]
