"""Print what a sign-in costs, beside other sites, as Markdown.

The sites take turns on one core; the provider and the visitors use another. Figures are medians.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import sites
from bench.measurements import CPU, HANGING, RECORD, TARGETS, beside_a_hanging_provider, figures
from bench.picture import FILE, draw

Rows = dict[str, list[float]]  # the figures of the sites, by name


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="how long each measurement lasts")
    parser.add_argument("--profile", action="store_true", help="only show where the time goes")
    parser.add_argument("--picture", action="store_true", help=f"draw {FILE.name} as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        provider = sites.Provider()
        stack.callback(provider.stop)
        provider.start()
        signet = sites.signet(provider, Path(name))
        if options.profile:
            print(signet.inside("profile"))
            return
        compared = [signet, *_others(provider, Path(name))]
        for site in compared:
            stack.callback(site.stop)
        os.sched_setaffinity(0, {sites.LOAD_CORE})
        rounds = []
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            rounds.append(_one_round(compared, provider, options.seconds))
        names = [site.ways.name for site in compared]
        medians = {row: _medians([each[row] for each in rounds]) for row in rounds[0]}
        _print_table(names, medians)
        pairs = [(beside_a_hanging_provider(signet), signet.inside("recording")) for _ in rounds]
        rows = zip((HANGING, RECORD), map(_medians, zip(*pairs, strict=True)), strict=True)
        _print_table(["Signet, with", "without"], dict(rows))
        _print_table(["Signet", "PyJWT"], signet.inside("tokens"))
        _print_apps(signet, provider, Path(name), options.rounds)
        if options.picture:
            FILE.write_text(draw(CPU, dict(zip(names, medians[CPU], strict=True))), "utf-8")


def _others(provider: sites.Provider, folder: Path) -> Iterator[sites.Site]:
    """Start the sites to compare with; leave out those that cannot run here, and say why."""
    yield sites.stock_allauth(provider, folder)
    for ways in (sites.BETTER_AUTH, sites.AUTH_JS):
        with _or_without(ways):
            site = sites.peer(ways, provider, folder)
            site.start()
            yield site


@contextmanager
def _or_without(ways: sites.Ways) -> Iterator[None]:
    try:
        yield
    except sites.SkippedError as error:
        print(f"without {ways.name}: {error}", flush=True)


def _print_apps(signet: sites.Site, provider: sites.Provider, folder: Path, rounds: int) -> None:
    """Let Signet and a site with django-oauth-toolkit take turns in signing people in to an app."""
    compared = [signet]
    with _or_without(sites.TOOLKIT):
        compared.append(sites.toolkit(provider, folder))
    turns = ([site.inside("apps") for site in compared] for _ in range(rounds))
    found = [{row: [each[row] for each in turn] for row in turn[0]} for turn in turns]
    medians = {row: _medians([each[row] for each in found]) for row in found[0]}
    _print_table([site.ways.name for site in compared], medians)


def _one_round(compared: list[sites.Site], provider: sites.Provider, seconds: float) -> Rows:
    """Let the sites take turns, row by row."""
    rows: Rows = {}
    for turn in zip(*(figures(site, provider, seconds) for site in compared), strict=True):
        rows |= {name: [each[name] for each in turn] for name in turn[0]}
    return rows


def _medians(rounds: Iterable[Sequence[float]]) -> list[float]:
    return [statistics.median(side) for side in zip(*rounds, strict=True)]


def _print_table(columns: list[str], rows: Rows) -> None:
    """Print Markdown. Beside another site's figure stands the ratio of the first one to it."""
    print(f"\n||{'|'.join(columns)}|target|\n|{'---|' * (len(columns) + 2)}")
    for name, (first, *others) in rows.items():
        cells = [f"{_text(each)} ({first / each:.2f})" if each > 0 else "" for each in others]
        print(f"|{'|'.join([name, _text(first), *cells, TARGETS.get(name, '')])}|")


def _text(figure: float) -> str:
    digits = 0 if figure == round(figure) or figure >= 100 else 1 if figure >= 10 else 2
    return f"{figure:,.{digits}f}"


if __name__ == "__main__":
    main()
