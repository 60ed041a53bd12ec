"""`make bench`: what a sign-in, a look at a session and a refresh cost, beside stock allauth.

Both sites do the same work at the same provider, in turn, on one core, while provider and visitors
have another. What makes and validates session JWTs is measured first, beside PyJWT. Every figure
is the median of the rounds. A ratio says more than a figure: both sides of it were taken on the
same machine in the same minutes.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from bench import beside_pyjwt, sites
from bench.measurements import (
    HANGING,
    Measurement,
    beside_a_hanging_provider,
    measurements,
    seconds_of_a_sign_in,
    seconds_of_recording,
)
from bench.processes import pin_to_load_core


def main() -> None:
    options = _options()
    pin_to_load_core()
    with tempfile.TemporaryDirectory() as name, sites.provider() as provider:
        folder = Path(name)
        beside_pyjwt.print_table(folder)
        issuers = {"demo": provider.issuer, "hangs": provider.hanging_issuer}
        with (
            sites.signet(issuers, folder) as ours,
            sites.allauth_site(provider.issuer, folder) as peer,
        ):
            _compare(ours, peer, provider, options)
            _hang(ours, options.rounds)
            _recording(ours, options.rounds)


def _compare(
    ours: sites.Site, peer: sites.Site, provider: sites.Provider, options: argparse.Namespace
) -> None:
    """Measure everything at both sites, round after round, and print the table."""
    rows = measurements(options.seconds)
    figures: dict[Measurement, list[tuple[float, float]]] = {row: [] for row in rows}
    for site in (ours, peer):
        seconds_of_a_sign_in(site)  # what a process does once is done now
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        for row in rows:
            if row.repeated or number == 0:
                figures[row].append((row.measure(ours, provider), row.measure(peer, provider)))
    print(f"\n{'':58}{ours.name:>10}{peer.name:>15}{'ratio':>8}  target")
    for row, pairs in figures.items():
        print(_line(row, pairs))


def _line(row: Measurement, pairs: list[tuple[float, float]]) -> str:
    """Return a row of the table: medians, and the ratio of the medians."""
    one, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    name = f"{row.name} [{row.unit}]" if row.unit else row.name
    digits = 0 if float(one).is_integer() and float(other).is_integer() else 1
    return (
        f"{name:58}{one:10.{digits}f}{other:15.{digits}f}{one / other:8.2f}  {row.target}".rstrip()
    )


def _hang(ours: sites.Site, rounds: int) -> None:
    """Measure what visitors of one provider feel while another one hangs."""
    pairs = [beside_a_hanging_provider(ours) for _ in range(rounds)]
    usual, beside = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    print(f"\na sign-in, as usual: {usual:.1f} ms; while {HANGING} visitors wait for a provider")
    print(f"that hangs: {beside:.1f} ms; ratio {beside / usual:.2f}, target ≤ 1.5")


def _recording(ours: sites.Site, rounds: int) -> None:
    """Measure what it costs to keep each sign-in with its messages."""
    pairs = [seconds_of_recording(ours) for _ in range(rounds)]
    kept, not_kept = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    print(f"\nCPU of a sign-in that is kept: {kept:.2f} ms; of one that is not: {not_kept:.2f} ms;")
    print(f"recording is {1 - not_kept / kept:.1%} of it, target < 5 %; the server is not in it")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="that each crowd signs in for")
    return parser.parse_args()


if __name__ == "__main__":
    main()
