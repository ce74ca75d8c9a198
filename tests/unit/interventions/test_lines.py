"""An intervention in a line of text is the record that a file's keys give, and back."""

import datetime as dt
from collections.abc import Callable

import pytest

from analysis.differences import differences, in_a_phrase
from pricewar.cli.arguments import INTERVENTIONS
from sim.errors import ScenarioError, UsageError
from sim.interventions.intervention import Intervention
from sim.interventions.kinds.below_cost_ban import BelowCostBan
from sim.interventions.kinds.capability import Capability
from sim.interventions.kinds.capacity_freeze import CapacityFreeze
from sim.interventions.kinds.capacity_shortage import CapacityShortage
from sim.interventions.kinds.demand import Demand
from sim.interventions.kinds.entry import Entry
from sim.interventions.kinds.failure import Failure
from sim.interventions.kinds.launch import Launch
from sim.interventions.kinds.merger import Merger
from sim.interventions.kinds.portability import Portability
from sim.interventions.kinds.price import Price
from sim.interventions.kinds.price_floor import PriceFloor
from sim.interventions.kinds.removal import Removal
from sim.interventions.kinds.rents import Rents
from sim.interventions.line import forms_of, line_of
from sim.interventions.registry import KINDS
from sim.reading.parsed import parse_text
from sim.reference import read
from sim.scenario.reader import build, with_
from sim.scenario.scenario import Scenario
from sim.scenario.writer import scenario_hash, to_yaml

MAY = dt.date(2024, 5, 20)
SAID: dict[str, Intervention] = {
    "price Zhipu -50% on 2024-05-20": Price(kind="price", of="Zhipu", share=-0.5, date=MAY),
    "price glm-4 +12.5% on 2024-05-20 until 2024-06-01": Price(
        kind="price", of="glm-4", share=0.125, date=MAY, until_date=dt.date(2024, 6, 1)
    ),
    "price glm-4 to 0.07 on 2024-05-20": Price(
        kind="price", of="glm-4", to_usd_per_mtok=0.07, date=MAY
    ),
    "rents x1.5 from 2024-05-20": Rents(kind="rents", factor=1.5, date=MAY),
    "rents x0.8 of H800 SXM5 at rented cloud from 2024-05-20 until 2024-06-01": Rents(
        kind="rents",
        factor=0.8,
        chip="H800 SXM5",
        cloud="rented cloud",
        date=MAY,
        until_date=dt.date(2024, 6, 1),
    ),
    "capacity freeze of H800 SXM5 at rented cloud from 2024-05-20": CapacityFreeze(
        kind="capacity_freeze", chip="H800 SXM5", cloud="rented cloud", date=MAY
    ),
    "capacity x0.5 from 2024-05-20": CapacityShortage(
        kind="capacity_shortage", working_share=0.5, date=MAY
    ),
    "demand x2 in coding from 2024-05-20": Demand(
        kind="demand", factor=2.0, domain="coding", date=MAY
    ),
    "demand x0.5 from 2024-05-20": Demand(kind="demand", factor=0.5, date=MAY),
    "launch DeepSeek-V2 on 2024-05-20": Launch(
        kind="launch", of="DeepSeek-V2", date=MAY, moved_from_date=dt.date(2024, 5, 6)
    ),
    "remove DeepSeek on 2024-05-20": Removal(kind="removal", of="DeepSeek", date=MAY),
    "capability glm-4 -0.3 on 2024-05-20": Capability(
        kind="capability", of="glm-4", by_logit=-0.3, date=MAY
    ),
    "floor 0.1 from 2024-05-20": PriceFloor(kind="price_floor", usd_per_mtok=0.1, date=MAY),
    "compression by gptq_per_group fails from 2024-05-20": Failure(
        kind="failure", method="gptq_per_group", date=MAY
    ),
    "merge DeepSeek into Zhipu on 2024-05-20": Merger(
        kind="merger", target="DeepSeek", buyer="Zhipu", date=MAY
    ),
    "add lite by NewCo like DeepSeek-V2 at -50% on 2024-05-20": Entry(
        kind="entry",
        product="lite",
        provider="NewCo",
        like="DeepSeek-V2",
        price_share=-0.5,
        with_provider=True,
        date=MAY,
    ),
    "ban below-cost from 2024-05-20": BelowCostBan(kind="below_cost_ban", date=MAY),
    "switching cost -50% from 2024-05-20": Portability(kind="portability", share=-0.5, date=MAY),
}


@pytest.mark.parametrize("line", SAID)
def test_a_line_is_the_record_and_the_record_is_the_line(line: str) -> None:
    (found,) = read("minimal", do=[line]).interventions
    assert found == SAID[line]
    assert line_of(found) == line


@pytest.mark.parametrize("line", SAID)
def test_a_line_of_a_file_a_mapping_and_a_record_say_the_same(
    line: str, scenario_of: Callable[..., Scenario]
) -> None:
    of_file = scenario_of(f"interventions:\n  - {line}\n")
    record = SAID[line]
    as_mapping = {key: value for key, value in record.model_dump().items() if value is not None}
    for other in (line, as_mapping, as_mapping | {"date": "2024-05-20"}, record):
        said = read("minimal", do=[other])
        assert said.interventions == of_file.interventions
        assert scenario_hash(said) == scenario_hash(of_file)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PRICE Zhipu \u221250 % from 2024-05-20", "price Zhipu -50% on 2024-05-20"),
        ("price   glm-4 to 0.5 USD/Mtok on 2024-05-20", "price glm-4 to 0.5 on 2024-05-20"),
        ("price glm-4 to 0.5 usd per mtok on 2024-05-20", "price glm-4 to 0.5 on 2024-05-20"),
        ("rents \u00d72 on 2024-05-20", "rents x2 from 2024-05-20"),
        ("rents x 2 from 2024-05-20 till 2024-06-01", "rents x2 from 2024-05-20 until 2024-06-01"),
    ],
)
def test_what_people_write_for_the_same_is_read_as_the_same(written: str, meant: str) -> None:
    (found,) = read("minimal", do=[written]).interventions
    assert line_of(found) == meant


def test_every_kind_has_an_example_that_one_of_its_forms_takes() -> None:
    for kind in KINDS:
        fits = [form for form in forms_of(kind) if form.pattern.fullmatch(kind.example)]
        assert fits, kind
        assert all(form.types["date"] == "date" for form in forms_of(kind))


def test_help_shows_every_kind() -> None:
    shown = [line.partition("'")[2] for line in INTERVENTIONS.splitlines() if "--do '" in line]
    said = [line.partition("'")[0] for line in shown]
    for kind in KINDS:
        forms = [form.pattern for form in forms_of(kind)]
        assert any(form.fullmatch(line) for form in forms for line in said), kind
    known = [form.pattern for kind in KINDS for form in forms_of(kind)]
    assert all(any(form.fullmatch(line) for form in known) for line in said)


def test_interventions_are_added_to_those_of_the_file_and_are_part_of_its_identity(
    scenario_of: Callable[..., Scenario],
) -> None:
    plain = scenario_of()
    one = scenario_of("interventions:\n  - rents x2 from 2024-05-01\n")
    two = with_(one, do=["price glm-4 -10% on 2024-05-20"])
    assert [line_of(it) for it in two.interventions] == [
        "rents x2 from 2024-05-01",
        "price glm-4 -10% on 2024-05-20",
    ]
    assert len({scenario_hash(it) for it in (plain, one, two)}) == 3


@pytest.mark.parametrize("line", SAID)
def test_a_resolved_scenario_reads_back_as_itself(line: str) -> None:
    scenario = read("minimal", do=[line])
    again = build(parse_text(to_yaml(scenario), "resolved.yaml"))
    assert again == scenario
    assert scenario_hash(again) == scenario_hash(scenario)


def test_a_key_of_a_line_in_a_file_can_be_set() -> None:
    one = read("minimal", do=["rents x2 from 2024-05-01"])
    assert with_(one, {"interventions[0].factor": 3.0}).interventions[0].factor == 3.0


def test_two_worlds_differ_in_the_intervention_as_it_is_said() -> None:
    plain, other = read("minimal"), read("minimal", do=["rents x2 from 2024-05-01"])
    found = differences(other, plain)
    assert in_a_phrase(found) == 'interventions ("rents x2 from 2024-05-01" against none)'
    assert differences(other, other) == ()


BAD = {
    "prise Zhipu -50% on 2024-05-20": ("must be an intervention", "Did you mean 'price'?"),
    "": ("must be an intervention", "Such as: price ByteDance"),
    "price Zhipoo -50% on 2024-05-20": ("interventions[0].of = 'Zhipoo'", "mean 'Zhipu'?"),
    "price Zhipu 50% on 2024-05-20": ("interventions[0].share = '50'", "-50% or +50%"),
    "price Zhipu -half% on 2024-05-20": ("interventions[0].share", "such as -50%"),
    "price Zhipu -150% on 2024-05-20": ("share = -150%", "must be a number from -1 to 1000"),
    "price Zhipu -50% on 2024-06-31": ("date = '2024-06-31'", "date of the calendar"),
    "price Zhipu -50% on May": ("interventions[0].date = 'May'", "a date such as 2024-05-06"),
    "price Zhipu -50%": ("must be like 'price NAME -50% on DATE [until DATE]'", "Such as: price"),
    "price glm-4 to -1 on 2024-05-20": ("to_usd_per_mtok = -1", "must be a number from 0"),
    "price DeepSeek -50% on 2024-05-01": ("day on which DeepSeek has", "launch is on 2024-05-06"),
    "price Zhipu -50% on 2024-04-15": ("must come after start_date, 2024-04-15", "--set"),
    "price Zhipu -50% on 2024-05-20 until 2024-05-20": ("until_date", "after its date"),
    "rents x0 from 2024-05-20": ("factor = 0", "must be a number > 0 and <= 1000"),
    "rents 1.5 from 2024-05-20": ("must be like 'rents x1.5 [of CHIP]", "Such as: rents"),
    "rents x2 of H100 from 2024-05-20": ("chip = 'H100'", "Known: H800 SXM5."),
    "capacity freze from 2024-05-20": ("like 'capacity freeze [of CHIP]", "Such as: capacity"),
    "capacity freeze of H100 from 2024-05-20": ("chip = 'H100'", "Known: H800 SXM5."),
    "capacity x1.5 from 2024-05-20": ("working_share = 1.5", "must be a number from 0 to 1"),
    "demand x2 in codding from 2024-05-20": ("domain = 'codding'", "mean 'coding'?"),
    "demand x-2 from 2024-05-20": ("factor = -2", "must be a number > 0"),
    "launch glm-4 on 2024-05-20": ("of = 'glm-4'", "launched after start_date, 2024-04-15"),
    "launch Zhipo on 2024-05-20": ("of = 'Zhipo'", "Did you mean 'Zhipu'?"),
    "remove glm-5 on 2024-05-20": ("of = 'glm-5'", "Did you mean 'glm-4'?"),
    "remove glm-4": ("must be like 'remove NAME on DATE'", "Such as: remove"),
    "capability glm-4 x2 on 2024-05-20": ("by_logit = 'x2'", "must be a number from -50 to 50"),
    "floor -1 from 2024-05-20": ("usd_per_mtok = -1", "must be a number from 0"),
    "ban dumping from 2024-05-20": ("must be like 'ban below-cost from DATE", "Such as: ban"),
    "switching cost -200% from 2024-05-20": ("share = -200%", "must be a number from -1"),
    "compression by gptq fails from 2024-05-20": ("method = 'gptq'", "mean 'gptq_per_group'?"),
    "compression of glm-4 fails from 2024-05-20": (
        "product = 'glm-4'",
        "that a project compresses",
    ),
    "merge DeepSeek into DeepSeek on 2024-05-20": ("buyer = 'DeepSeek'", "another provider"),
    "merge Zhipo into DeepSeek on 2024-05-20": ("target = 'Zhipo'", "mean 'Zhipu'?"),
    "add glm-4 by NewCo like DeepSeek-V2 on 2024-05-20": ("product = 'glm-4'", "not be the name"),
    "add lite by NewCo like DeepSeek-V3 on 2024-05-20": ("like = 'DeepSeek-V3'", "DeepSeek-V2'?"),
    "rents x2 at rented clod from 2024-05-20": ("cloud = 'rented clod'", "mean 'rented cloud'?"),
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line_is_refused_with_its_place_the_value_and_what_to_write(line: str) -> None:
    with pytest.raises(ScenarioError) as error:
        read("minimal", do=[line])
    (problem,) = error.value.problems
    text = str(error.value)
    assert text.startswith(f"--do '{line}'  interventions[0]")
    assert all(part in text for part in BAD[line]), text
    assert problem.allowed


def test_bad_records_of_a_file_are_refused_at_their_lines(
    scenario_of: Callable[..., Scenario],
) -> None:
    with pytest.raises(ScenarioError) as error:
        scenario_of(
            """
            interventions:
              - {kind: prize, of: Zhipu, date: 2024-05-20}
              - {kind: price, of: Zhipu, date: 2024-05-20}
              - {kind: price, of: Zhipu, date: 2024-05-20, share: -0.5, to_usd_per_mtok: 1}
              - {kind: rents, factor: 2, date: 2024-05-20, chips: H800 SXM5}
              - 3
            """
        )
    told = str(error.value)
    places = [problem.line for problem in error.value.problems]
    assert places == [4, 5, 6, 7, 8]
    assert "Did you mean 'price'?" in told
    assert "share\n  is missing; give share or to_usd_per_mtok." in told
    assert "excludes share; give one of the two." in told
    assert "interventions[3].chips = 'H800 SXM5'\n  is not a known key here" in told
    assert "must be a line of text, such as 'price" in told


def test_the_same_intervention_twice_is_refused() -> None:
    with pytest.raises(ScenarioError, match="what another intervention says already"):
        read("minimal", do=["rents x2 from 2024-05-20"] * 2)


@pytest.mark.parametrize("do", ["rents x2 from 2024-05-20", 3, None])
def test_what_is_no_list_of_interventions_is_refused_in_terms_of_the_argument(do: object) -> None:
    import sim

    with pytest.raises(UsageError, match=r"sim.load: do = .*must be a list of interventions"):
        sim.load("minimal", do=do)  # type: ignore[arg-type] # that is the mistake
    with pytest.raises(ScenarioError, match="^do: 'rents'"):
        sim.load("minimal", do=["rents"])
