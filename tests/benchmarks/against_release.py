"""How fast the working tree is, beside the last release and its peers, by turns in one run.

    python tests/benchmarks/against_release.py --out measured.json
    python tests/benchmarks/against_release.py replication --alternations 21

Each side runs in a process of its own, compiled before anything is counted; the release is unpacked
from the repository's history. In every turn both sides do the same, taking turns at going first.
Compared is processor time, to which other work on the machine adds little. The ratio is taken pair
by pair; printed are medians, lowest and highest. Nothing is asserted.
"""

import argparse
import json
import math
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from measures import Found, Measure
from sides import RELEASE, ROOT, Side, unpack


@dataclass(frozen=True)
class Load:
    """How much is done in a turn."""

    alternations: int = 9
    scenario: str = "china-2024-price-war"
    overrides: dict[str, object] = field(
        default_factory=lambda: {"population.users": 20_000, "facts": []}
    )
    """Facts are words about a scenario, written otherwise at the release, and enter no run."""
    run: tuple[str, ...] = ("run", "minimal")
    sizes: tuple[int, int, int] = (10_000, 100_000, 1_000_000)
    reviews: int = 2_000_000
    peer_reviews: int = 20_000
    same_rules: tuple[int, float] = (4000, 90.0)
    environment: dict[str, str] = field(default_factory=dict)


QUICK = Load(
    alternations=1,
    scenario="minimal",
    overrides={"population.users": 20, "end_date": "2024-04-22"},
    run=("run", "minimal", "--set", "population.users=20"),
    sizes=(50, 100, 200),
    reviews=50,
    peer_reviews=50,
    same_rules=(100, 10.0),
    environment={"NUMBA_DISABLE_JIT": "1"},
)
"""Shows that everything runs, uncompiled; what it measures says nothing."""


@dataclass
class Sides:
    """Release and present, by turns."""

    release: Side
    present: Side

    @property
    def by_name(self) -> dict[str, Side]:
        """Both, by the names of a measure's two lists."""
        return {"release": self.release, "present": self.present}

    def turns(self, count: int) -> Iterator[tuple[int, list[tuple[str, Side]]]]:
        """Each turn's number and both sides by name; they take turns at going first."""
        both = list(self.by_name.items())
        for turn in range(count):
            yield turn, both[:: -1 if turn % 2 else 1]


def replication(sides: Sides, load: Load, found: Found) -> None:
    """Measure one replication of the release's scenario file, another world each turn."""
    file = f"scenarios/{load.scenario}.yaml"
    path = sides.release.root / file
    sides.release.ask("load", path=str(path), overrides=load.overrides)
    refused = sides.present.ask("load", path=str(path), overrides=load.overrides).get("refused")
    if refused:
        own = sides.present.ask("load", path=str(ROOT / file), overrides=load.overrides)
        if own:
            raise SystemExit(own["refused"])
        found.notes.append(
            f"The working tree cannot read {RELEASE}'s {file} ({refused.splitlines()[0]}) "
            "and ran its own file of that name."
        )
    users = load.overrides["population.users"]
    measure = Measure(f"one replication of `{load.scenario}`, {users:,} users", "s", "at most 1/3")
    rows: dict[str, list[int]] = {"release": [], "present": []}
    for side in sides.by_name.values():
        side.ask("run", replication=0)
    for turn, both in sides.turns(load.alternations):
        for name, side in both:
            answer = side.ask("run", replication=turn)
            getattr(measure, name).append(answer["processor_s"])
            rows[name].append(answer["count"])
    found.measures.append(measure)
    before, now = (statistics.median(counts) for counts in rows.values())
    found.notes.append(
        f"Rows of the weekly tables of a replication: {before:,} at {RELEASE}, {now:,} now."
    )


def reviews(sides: Sides, load: Load, found: Found) -> None:
    """Measure user reviews at three sizes, and those of the peers at the middle one."""
    speeds = {users: Measure(f"reviews of {users:,} users", "per s") for users in load.sizes}
    small, middle, large = load.sizes
    speeds[middle].target = "at least 1.8 times"
    cost = Measure(f"a review at {large:,} users over one at {small:,}", "", "now at most 1.6")
    built = {users: Measure(f"build and start {users:,} users", "s") for users in load.sizes}
    memory = {
        part: Measure(f"{part} of {large:,} users", "bytes each") for part in ("state", "network")
    }
    for users in load.sizes:
        for name, side in sides.by_name.items():
            answer = side.ask("build", users=users)
            getattr(built[users], name).append(answer["build_s"])
            for part, measure in memory.items() if users == large else ():
                getattr(measure, name).append(answer[part])
            side.ask("review", users=users, reviews=load.reviews)
    peers, factors = _peers(sides, load, found)
    for turn, both in sides.turns(load.alternations):
        for users, measure in speeds.items():
            for name, side in both:
                answer = side.ask("review", users=users, reviews=load.reviews)
                getattr(measure, name).append(answer["count"] / answer["processor_s"])
        for name, _ in both:
            per_s = [getattr(speeds[users], name)[-1] for users in (small, large)]
            getattr(cost, name).append(per_s[0] / per_s[1])
        for peer, speed in peers.items():
            until_days = (turn + 2) * _peer_days(load)
            answer = sides.release.ask("review_peer", peer=peer, until_days=until_days)
            speed.release.append(answer["count"] / answer["processor_s"])
            for name, _ in both:
                ours = getattr(speeds[middle], name)[-1]
                getattr(factors[peer], name).append(ours / speed.release[-1])
    found.measures += [*speeds.values(), cost, *peers.values(), *factors.values()]
    found.measures += [*built.values(), *memory.values()]
    found.notes.append(
        "Users by product differ from the SimPy peer's by at most "
        f"{_same_rules(sides, load):.1f} standard deviations over the options."
    )


def _peers(sides: Sides, load: Load, found: Found) -> tuple[dict[str, Measure], dict[str, Measure]]:
    """Build and warm up the peers in the release's process; return their speeds, our factors."""
    users = load.sizes[1]
    peers = {
        "simpy": Measure(f"reviews of {users:,} users, one SimPy process a user", "per s"),
        "mesa": Measure(f"reviews of {users:,} users, Mesa 3", "per s"),
    }
    factors = {
        "simpy": Measure("times as fast as SimPy", "", "300 now"),
        "mesa": Measure("times as fast as Mesa 3", "", "400 now"),
    }
    for peer in list(peers):
        refused = sides.release.ask("build_peer", peer=peer, users=users).get("refused")
        if refused:
            found.notes.append(f"Not measured: {refused}; the extra [benchmark] brings it.")
            del peers[peer], factors[peer]
        else:
            sides.release.ask("review_peer", peer=peer, until_days=_peer_days(load))
    return peers, factors


def _peer_days(load: Load) -> float:
    return load.peer_reviews * 30.0 / load.sizes[1]


def _same_rules(sides: Sides, load: Load) -> float:
    """Largest difference of an option's users between now and a peer, in standard deviations."""
    users, days = load.same_rules
    ours = sides.present.ask("spread", users=users, days=days)["users_of"]
    theirs = sides.release.ask("spread_peer", users=users, days=days)["users_of"]
    return max(
        abs(mine - other) / math.sqrt(max(mine + other, 1))
        for mine, other in zip(ours, theirs, strict=True)
    )


def command_line(sides: Sides, load: Load, found: Found) -> None:
    """Measure whole commands from their start to their end."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            " ".join(["pricewar", *load.run]): ("1.2 s now", lambda out: (*load.run, "--out", out)),
            "pricewar --help": ("0.1 s now", lambda _: ("--help",)),
        }
        for name, (wanted, arguments) in commands.items():
            walls = Measure(f"`{name}`, start to end", "s", wanted)
            processors = Measure(f"`{name}`, processor time", "s")
            for side in sides.by_name.values():
                side.start(*arguments(f"{folder}/warm-{side.root.name}"))
            for turn, both in sides.turns(load.alternations):
                for which, side in both:
                    took = side.start(*arguments(f"{folder}/{which}-{turn}"))
                    getattr(walls, which).append(took.wall_s)
                    getattr(processors, which).append(took.processor_s)
            found.measures += [walls, processors]


PARTS: dict[str, Callable[[Sides, Load, Found], None]] = {
    "replication": replication,
    "reviews": reviews,
    "command_line": command_line,
}


@contextmanager
def both_sides(load: Load) -> Iterator[Sides]:
    """Unpack the release, and start both sides' processes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / RELEASE
        unpack(root)
        release = Side(root, "released", load.environment)
        present = Side(ROOT, "present", load.environment)
        try:
            yield Sides(release, present)
        finally:
            release.close()
            present.close()


def main() -> None:
    """Measure what was asked for, print it, and keep it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; else all")
    parser.add_argument("--alternations", type=int, help=f"turns; {Load().alternations}")
    parser.add_argument("--quick", action="store_true", help="run everything once, tiny: plumbing")
    parser.add_argument("--out", type=Path, help="write all numbers to this file as JSON")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - PARTS.keys():
        parser.error(f"no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    load = QUICK if arguments.quick else Load(alternations=arguments.alternations or 9)
    found = Found()
    machine = (
        f"Python {platform.python_version()} on {platform.processor() or platform.machine()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; "
        f"{load.alternations} alternations."
    )
    found.notes.append(machine)
    with both_sides(load) as sides:
        for name in arguments.parts or PARTS:
            PARTS[name](sides, load, found)
    sys.stdout.write(found.table() + "\n")
    if arguments.out:
        arguments.out.write_text(json.dumps(found.content(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
