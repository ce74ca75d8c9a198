"""Types of command-line arguments that several commands share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from typing import Any


def add_allow_code(parser: argparse.ArgumentParser) -> None:
    """Describe the option that allows Python files to be executed."""
    parser.add_argument(
        "--allow-code",
        action="store_true",
        help="execute the Python files that a scenario names policies of, FILE.py:CLASS",
    )


def add_strict(parser: argparse.ArgumentParser, noun: str) -> None:
    """Describe the option that refuses what is implausible.

    Parameters
    ----------
    parser
        Of the command.
    noun
        What it takes: ``scenario``.
    """
    parser.add_argument(
        "--strict",
        action="store_true",
        help=f"refuse a {noun} that is valid, but says what is hardly meant",
    )


def add_overrides(parser: argparse.ArgumentParser, of: str) -> None:
    """Describe the option that changes values of a scenario.

    Parameters
    ----------
    parser
        Of the command.
    of
        What is changed, as the help says it: ``the file``.
    """
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        dest="overrides",
        help=f"change a value of {of}, such as population.users=5000; may be repeated",
    )


def add_data(parser: argparse.ArgumentParser) -> None:
    """Describe the option that brings tables of one's own; it is an override like others."""
    parser.add_argument(
        "--data",
        action="append",
        type=_DataFolder,
        metavar="DIR",
        dest="overrides",
        help="look values up in the tables of a folder too: NAME.csv adds rows to a shipped table, "
        "replace/NAME.csv stands in its place",
    )


class _DataFolder(str):
    """An override that an option of its own gives; messages say that option."""

    __slots__ = ("said",)
    said: str

    def __new__(cls, folder: str) -> _DataFolder:
        override = super().__new__(cls, f"data={json.dumps(folder, ensure_ascii=False)}")
        override.said = f"--data {folder}"
        return override


INTERVENTIONS = """\
interventions, which --do adds, each at its date, after which everything goes on as before:
  --do 'price ByteDance -50% on 2024-06-01'           a provider's prices, or a product's, once
  --do 'price glm-4 to 0.5 on 2024-06-01 until 2024-09-01'
                                                      USD per million tokens, held for a time
  --do 'rents x1.5 from 2024-09-01'                   also: of CHIP, at CLOUD, until DATE
  --do 'capacity freeze from 2024-09-01'              no more accelerators come
  --do 'capacity x0.7 from 2024-09-01'                of what is leased so much works
  --do 'demand x2 in coding from 2024-09-01'          or of all domains
  --do 'launch DeepSeek-V2 on 2024-07-01'             a launch, or a provider's entry, moved
  --do 'remove DeepSeek-V2 on 2024-05-06'             from then on; or a provider with all it has
  --do 'add lite by NewCo like DeepSeek-V2 at -50% on 2024-08-01'
                                                      one more product, of whom you like
  --do 'capability glm-4 +0.3 on 2024-09-01'          logits better, or worse with a minus
  --do 'compression fails from 2024-06-01'            also: by METHOD, of PRODUCT
  --do 'floor 0.1 from 2024-09-01'                    no list price is below it
  --do 'ban below-cost from 2024-09-01'               nor below what a token costs
  --do 'switching cost -50% from 2024-09-01'          of moving to another provider: portability
  --do 'merge Moonshot into Alibaba on 2024-09-01'    one decides for both
"""
"""How interventions are said, for the help of commands that take them."""


def add_interventions(parser: argparse.ArgumentParser, to: str) -> None:
    """Describe the option that intervenes in a scenario.

    Parameters
    ----------
    parser
        Of the command.
    to
        What it is added to, as the help says it: ``the file``.
    """
    parser.add_argument(
        "--do",
        action="append",
        default=[],
        metavar="INTERVENTION",
        help=f"add an intervention to {to}, such as 'rents x1.5 from 2024-09-01'; may be repeated",
    )


def add_draws(parser: argparse.ArgumentParser, of: str, shared_by: str = "") -> None:
    """Add the options that say how often something is run, and with which draws.

    Parameters
    ----------
    parser
        Of the command.
    of
        What states both where they are not given: ``the file``.
    shared_by
        Who shares the draws, if anyone.
    """
    parser.add_argument(
        "--replications", type=natural_number, help=f"how often to run it; default: as {of} says"
    )
    parser.add_argument(
        "--seed", type=seed_number, help=f"seed of all draws{shared_by}; default: as {of} says"
    )


def add_executors(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Add the options that say where runs are executed, and return their group."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=natural_number, help="processes; default: one a processor")
    where.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, as tcp://host:8786")
    return where


def names(text: str) -> tuple[str, ...]:
    """Read names apart by commas, each once."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} lacks a name; write names as A,B")
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise argparse.ArgumentTypeError(f"{text!r} has {twice!r} twice")
    return found


def natural_number(text: str) -> int:
    """Read a whole number of at least one."""
    return _whole(text, 1, None)


def seed_number(text: str) -> int:
    """Read a seed: a whole number from 0 to 2^32 - 1."""
    return _whole(text, 0, 2**32 - 1)


def positive_number(text: str) -> float:
    """Read a number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def number_from_zero(text: str) -> float:
    """Read a finite number of at least zero."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 0 or above")
    return value


def rate_per_year(text: str) -> float:
    """Read a rate a year from 0 to 10."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 10.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate a year from 0 to 10, such as 0.1")
    return value


def share_of_one(text: str) -> float:
    """Read a share above 0, as a number or in percent: ``0.1`` or ``10%``."""
    number = text.removesuffix("%")
    try:
        value = float(number) / (100.0 if number != text else 1.0)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a share above 0, such as 0.1 or 10%")
    return value


def memory_size(text: str) -> int:
    """Read a size of memory, such as ``2GB`` or ``500MB``, in bytes."""
    units = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
    unit = text[-2:].upper()
    if unit not in units:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500MB or 2GB")
    return int(positive_number(text[:-2]) * units[unit])


def add_limits(parser: argparse.ArgumentParser, of: str) -> None:
    """Add the options that limit what one replication may use.

    Parameters
    ----------
    parser
        Of the command.
    of
        What the time limit holds for, as the help says it.
    """
    parser.add_argument(
        "--time-limit",
        type=positive_number,
        metavar="SECONDS",
        help=f"of each {of}; default: none",
    )
    parser.add_argument(
        "--memory-limit",
        type=memory_size,
        metavar="SIZE",
        help="of each worker process, such as 2GB; default: none",
    )


def refuse_given(arguments: argparse.Namespace, names: Iterable[str], reason: str) -> None:
    """Refuse options that would have no effect.

    Parameters
    ----------
    arguments
        Of the command.
    names
        Of the options, as attributes.
    reason
        Why, and what to do instead, as the message says it after the option.

    Raises
    ------
    UsageError
        If one was given.
    """
    from sim.errors import UsageError

    for name in names:
        value = getattr(arguments, name)
        if value is not None and value is not False and value not in ([], ()):
            option = {"overrides": "set"}.get(name, name).replace("_", "-")
            raise UsageError(f"--{option}: {reason}")


def recall(arguments: argparse.Namespace, changes: Mapping[str, Any]) -> bool:
    """Take up the changes that something was begun with, except those that are given anew.

    Parameters
    ----------
    arguments
        Of the command, with ``overrides``, ``do``, ``replications`` and ``seed``.
    changes
        Those four, as they were recorded.

    Returns
    -------
    bool
        Whether any was taken up.
    """
    lacking = {
        name: value
        for name, value in changes.items()
        if value not in (None, []) and getattr(arguments, name, None) in (None, [])
    }
    for name, value in lacking.items():
        setattr(arguments, name, value)
    return bool(lacking)


def _whole(text: str, low: int, high: int | None) -> int:
    allowed = f"at least {low}" if high is None else f"from {low} to {high}"
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low or (high is not None and value > high):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {allowed}")
    return value
