"""`make bench`: what a sign-in, a look at a session and a refresh cost, beside stock allauth.

Both sites do the same work with the same provider. They take turns on one core; the provider and
the visitors use another. Making and validating session JWTs is measured last, beside PyJWT. Every
figure is the median of the rounds. A ratio says more than a figure, because both its sides were
measured on the same machine in the same minutes.
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from bench import sites
from bench.measurements import (
    HANGING,
    beside_a_hanging_provider,
    measurements,
    seconds_of_a_sign_in,
)

# What is done with a session JWT, the figures of Signet and of PyJWT, and the target.
TOKEN_ROWS = (
    ("validation, first sight", "first sight", "decode", "≤ 1.3"),
    ("validation, remembered", "remembered", "decode", "≤ 10 µs"),
    ("issue", "issue", "encode", ""),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="that each crowd signs in for")
    options = parser.parse_args()
    os.sched_setaffinity(0, {sites.LOAD_CORE})
    with (
        tempfile.TemporaryDirectory() as name,
        sites.provider() as provider,
        sites.signet(provider.issuers, Path(name)) as signet,
        sites.allauth_site(provider.issuers["demo"], Path(name)) as peer,
    ):
        _compare(signet, peer, provider, options)
        _print_single(signet, options.rounds)
        _print_tokens(signet)  # last, because it replaces the keys of the site


def _compare(
    signet: sites.Site, peer: sites.Site, provider: sites.Provider, options: argparse.Namespace
) -> None:
    """Measure everything at both sites, round after round, and print the table."""
    rows = measurements(options.seconds)
    figures: list[list[tuple[float, float]]] = [[] for _ in rows]
    for site in (signet, peer):
        seconds_of_a_sign_in(site)  # now each process has done the work that it does only once
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        for row, pairs in zip(rows, figures, strict=True):
            if row.unit or not pairs:
                pairs.append((row.measure(signet, provider), row.measure(peer, provider)))
    print(f"\n{'':58}{signet.name:>10}{peer.name:>15}{'ratio':>8}  target")
    for row, pairs in zip(rows, figures, strict=True):
        name = f"{row.name} [{row.unit}]" if row.unit else row.name
        _print_row(name, *_medians(pairs), row.target)


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    one, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    return one, other


def _print_row(name: str, one: float, other: float, target: str) -> None:
    digits = 0 if float(one).is_integer() and float(other).is_integer() else 1
    figures = f"{one:10.{digits}f}{other:15.{digits}f}{one / other:8.2f}"
    print(f"{name:58}{figures}  {target}".rstrip())


def _print_single(site: sites.Site, rounds: int) -> None:
    """Print the cost of a sign-in at Signet with things that should hardly change it."""
    print(f"\n{'':58}{'with':>10}{'without':>15}{'ratio':>8}  target")
    usual, beside = _medians([beside_a_hanging_provider(site) for _ in range(rounds)])
    name = f"a sign-in, with {HANGING} who wait for a hanging provider [ms]"
    _print_row(name, beside * 1000, usual * 1000, "≤ 1.5")
    figures = [site.inside("recording") for _ in range(rounds)]
    recorded, bare = _medians([(each["recorded"], each["unrecorded"]) for each in figures])
    _print_row("CPU of a sign-in, with its record [ms]", recorded * 1000, bare * 1000, "< 1.05")


def _print_tokens(site: sites.Site) -> None:
    print(f"\n{'':58}{'Signet':>10}{'PyJWT':>15}{'ratio':>8}  target")
    for algorithm, figures in site.inside("tokens").items():
        for what, name, peer_name, target in TOKEN_ROWS:
            _print_row(f"{algorithm}, {what} [µs]", figures[name], figures[peer_name], target)


if __name__ == "__main__":
    main()
