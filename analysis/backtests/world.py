"""The market that a case is forecast with: a scenario and a design, written into its folder."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from analysis.backtests.case import FROM_DATA, GIVEN, KNOWN, Case, CaseFolder, digest_of
from analysis.backtests.market_file import write_market
from analysis.backtests.target import Target
from sim.data.dataset import OWN, PROVIDERS, RATES, Dataset, shipped_or
from sim.data.own_tables import own_tables
from sim.data.prices import PRICES, PricePoint, price_points
from sim.errors import DataError, UsageError
from sim.reading.files import locate
from sim.scenario.dialect import SCENARIO
from sim.scenario.from_data.engineering import Engineering
from sim.scenario.from_data.events import MarketEvent
from sim.scenario.from_data.known import Known
from sim.scenario.from_data.listing import Listing
from sim.scenario.from_data.market import Market, market_of
from sim.scenario.from_data.product_lines import name_of, product_lines_of
from sim.scenario.from_data.rates import in_usd

SCENARIO_FILE, DESIGN_FILE = "scenario.yaml", "design.yaml"
_CUT = re.compile(r"\bcut:? (\d{4}-\d\d-\d\d)")
"""As `pricewar calibrate market` says in sources what days its data end with."""


@dataclass(frozen=True, slots=True)
class World:
    """What a forecast is made with.

    Attributes
    ----------
    known
        The tables as known at the origin.
    design
        The file of the design.
    files
        What was read of the case, in order.
    events
        What the case says of policy, outages and bans, where the scenario's file does not.
    targets
        Those of the case; what the tables call products of a market that is made of them is named
        as there.
    """

    known: Dataset
    design: Path
    files: tuple[Path, ...]
    events: tuple[MarketEvent, ...]
    targets: tuple[Target, ...]


def write_world(folder: CaseFolder, out: Path, draws: int) -> World:
    """Write the scenario and the design of a case.

    Parameters
    ----------
    folder
        The case.
    out
        Where to; it exists.
    draws
        How many worlds are drawn.

    Raises
    ------
    DataError, UsageError
        As `CaseFolder.inputs`; or a table is refused.
    """
    case = folder.case
    inputs = folder.inputs()
    if case.scenario != FROM_DATA:
        _refuse_providers(inputs)
    known = [path for path in inputs if path.parent.name == KNOWN]
    given = [path for path in inputs if path.parent.name == GIVEN]
    copied = {KNOWN: _copied(KNOWN, known, case, out), GIVEN: _copied(GIVEN, given, case, out)}
    folders = [out / name for name, is_there in copied.items() if is_there]
    dataset = own_tables([out / KNOWN] if out / KNOWN in folders else [], case.origin)
    view = own_tables(folders, case.origin)
    relative = [path.name for path in folders]
    launches = [path for path in given if path.stem == PRICES]
    beyond = _beyond(known, given, launches, view)
    added = _launches(launches, folder, beyond)
    targets = case.targets
    if case.scenario == FROM_DATA:
        market = market_of(
            view,
            case.origin,
            case.region or "",
            beyond,
            [Path(name) for name in relative],
            [(one.entity or "", name) for one in targets for name in one.models],
        )
        write_market(out / SCENARIO_FILE, market, case.name, case.horizon_days, added)
        targets = tuple(_named_as_in(market, target) for target in targets)
    else:
        text = _extending(folder, relative, added, view, beyond)
        (out / SCENARIO_FILE).write_text(text, encoding="utf-8")
    (out / DESIGN_FILE).write_text(_design(folder, draws), encoding="utf-8")
    events = () if case.scenario == FROM_DATA else beyond.events
    return World(dataset, out / DESIGN_FILE, tuple(inputs), events, targets)


def _named_as_in(market: Market, target: Target) -> Target:
    """Return a target that says which products of a market it means, if it does not say so."""
    if target.products or target.kind not in ("price_move", "price_index"):
        return target
    names: dict[str, None] = {}
    for model in target.models:
        meant = [
            name_of(one, market)
            for one in market.listings
            if one.is_called(target.entity or "", model)
            and target.currency in (None, one.point.currency)
        ]
        names |= dict.fromkeys(meant or [model])
    return target.model_copy(update={"products": tuple(names)})


def _copied(name: str, files: list[Path], case: Case, out: Path) -> bool:
    """Copy tables; what is given counts as known at the origin, for it is told."""
    files = [path for path in files if path.stem in OWN]
    if name == GIVEN:
        files = [path for path in files if path.stem != PRICES]
    for path in files:
        (out / name).mkdir(exist_ok=True)
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
        if name == GIVEN and rows and "known_on" in rows[0]:
            at = rows[0].index("known_on")
            for row in rows[1:]:
                row[at] = str(case.origin)
        with (out / name / path.name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return bool(files)


def _beyond(known: list[Path], given: list[Path], launches: list[Path], view: Dataset) -> Known:
    """Read what is known beyond the tables at the origin, and what is given, whenever known."""
    prices = [*price_points(view.known_by(None))]
    for file in launches:
        prices += price_points(shipped_or(file))
    told = Known.read(given, prices, view)
    return Known.read(known, prices, view, view.as_of).with_more(told)


def _refuse_providers(files: list[Path]) -> None:
    """Refuse what only a market of the tables has a place for."""
    for file in files:
        if file.name in (PROVIDERS, RATES):
            said = "exchange_rates" if file.name == RATES else "providers[NAME].cash_usd"
            raise DataError(
                f"{file}: goes with the scenario {FROM_DATA}; another says it itself.  "
                f"Write `{said}` into it, or under set: in the case."
            )


def _launches(files: list[Path], folder: CaseFolder, beyond: Known) -> tuple[Listing, ...]:
    """Return the products whose launches are given.

    Raises
    ------
    DataError
        A row is no launch after the origin.
    """
    case = folder.case
    found: dict[tuple[str, str], list[PricePoint]] = defaultdict(list)
    for file in files:
        for point in price_points(shipped_or(file)):
            if point.event != "launch" or point.date <= case.origin:
                raise DataError(
                    f"{file}: {point.provider} {point.model}, {point.event} on {point.date}: "
                    f"given/ takes launches after {case.origin}; other prices are forecast"
                )
            found[point.provider, point.model].append(point)
    return tuple(
        Listing(
            tuple(in_usd(point, beyond.rates, point.date) for point in points),
            beyond.engineering.get(key, Engineering(*key)),
        )
        for key, points in found.items()
    )


def _extending(
    folder: CaseFolder,
    data: list[str],
    added: tuple[Listing, ...],
    view: Dataset,
    beyond: Known,
) -> str:
    """Write a scenario that extends the case's."""
    case = folder.case
    base = locate(case.scenario, folder.path, SCENARIO)
    folder.refuse_observed([base])
    if not base.is_file():
        raise UsageError(f"{folder.path}: scenario = {case.scenario!r}: there is no such scenario.")
    lines = [
        f"# The market of the case {case.name}.",
        f"extends: {json.dumps(str(base.resolve()))}",
        f"name: {json.dumps(case.name)}",
        f"end_date: {case.end}",
        *([f"data_as_of: {case.origin}"] if case.view == "origin" else []),
        *([f"data: {json.dumps(data)}"] if data else []),
    ]
    if added:
        market = market_of(view, case.origin, case.region or "world", beyond)
        lines.append("products:")
        for one in added:
            lines += product_lines_of(one, market, case.origin)
    return "\n".join(lines) + "\n"


def _design(folder: CaseFolder, draws: int) -> str:
    case = folder.case
    values = {**_parameters(folder), **case.set}
    lines = [
        f"name: {json.dumps(case.name)}",
        f"scenario: {SCENARIO_FILE}",
        f"seed: {case.seed}",
        f"design_seed: {case.seed}",
    ]
    if values:
        lines.append("set:")
        lines += [f"  {json.dumps(path)}: {json.dumps(value)}" for path, value in values.items()]
    if case.draws == "ranges":
        lines += [
            "kind: monte_carlo",
            "replications: 1",
            f"points: {draws}",
            f"exclude: {json.dumps(_not_drawn(case.scenario == FROM_DATA))}",
        ]
    else:
        lines += [
            "kind: list",
            f"replications: {draws}",
            "parameters: {snapshots: {path: snapshot_every_days}}",
            "points: [{snapshots: 7}]",
        ]
    return "\n".join(lines) + "\n"


def _not_drawn(is_made: bool) -> list[str]:
    """Return what keeps its value: the reference, and sizes, which contradict each other apart."""
    sizes = "products*.architecture.parameters_billion" if is_made else "products*.architecture.*"
    return ["domains*.initial_adopter_share", "population.choice.taste_scale_share", sizes]


def _parameters(folder: CaseFolder) -> dict[str, object]:
    """Read the case's file of parameters: values by path.

    Raises
    ------
    UsageError
        It is not there, not what the case says it was, of data after the origin, or no mapping of
        paths.
    """
    named = folder.case.parameters
    if named is None:
        return {}
    file = folder.path / named.file
    folder.refuse_observed([file])
    if not file.is_file():
        raise UsageError(f"{folder.path}: parameters = {named.file!r}: there is no such file.")
    digest = digest_of(file)
    if named.sha256 != digest:
        raise UsageError(
            f"{file}: is not what it was: its sha256 is {digest}, the case says {named.sha256}."
        )
    from ruamel.yaml import YAML

    text = file.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        for day in _CUT.findall(line):
            if day > str(folder.case.origin):
                raise UsageError(
                    f"{file}:{number}: cut {day} is after {folder.case.origin}, the origin: data "
                    "of later days set it.  Calibrate anew with an earlier cut."
                )
    values = YAML(typ="safe").load(text)
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UsageError(f"{file}: must give values by path, such as `war.reaction_per_day: 0.05`.")
    return dict(values)
