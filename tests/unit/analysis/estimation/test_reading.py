"""A calibration file is refused with place and advice, before anything runs."""

from pathlib import Path

import numpy as np
import pytest

from analysis.estimation.calibration_file import shipped_calibrations
from analysis.estimation.reading import read_task
from sim.errors import ScenarioError, UsageError

FILE = """
name: mine
scenario: minimal
cut: 2024-12-31
view: all
set: {population.users: 50}
worlds:
  no-war: {set: {factors.competition: false}}
parameters:
  reaction: {path: war.reaction_per_day, range: [0.02, 0.2], scale: log}
moments:
  adopters: {measure: market_value, column: adopters_share, observed: 0.3, range: [0.2, 0.4],
    until_date: 2024-07-15, known_on: 2024-07-15, source: made up}
  growth: {measure: provider_tokens_multiple, provider: Zhipu, observed: 2, range: [1, 4],
    scale: log, until_date: 2024-07-15, known_on: 2024-07-15, source: made up}
  later: {measure: market_value, column: adopters_share, observed: 0.3, range: [0.2, 0.4],
    until_date: 2024-07-15, known_on: 2025-01-01, source: made up}
"""


@pytest.fixture
def read(tmp_path):
    def read(text, **options):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return read_task(path, **options)

    return read


def test_what_became_known_after_the_cut_is_left_out(read):
    task = read(FILE, users=20, overrides=["end_date=2024-06-30"])
    assert list(task.moments) == ["adopters", "growth"]
    assert task.late == ("later",)
    assert task.scenario.population.users == 20
    targets = task.targets
    assert targets.observed == pytest.approx([0.3, 0.6931], abs=1e-4)
    assert targets.source_covariance.diagonal() == pytest.approx(
        [(0.2 / 3.91993) ** 2, (2 * 0.693147 / 3.91993) ** 2], rel=1e-4
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("war.reaction_per_day", "war.reaktion_per_day", "Did you mean 'reaction_per_day'"),
        ("range: [0.02, 0.2], scale: log}", "range: [-1, 0.2]}", "refuses war.reaction_per_day"),
        ("war.reaction_per_day", "population.awareness.imitation_per_day", "fixed from outside"),
        ("column: adopters_share, observed: 0.3, range: [0.2, 0.4],\n    until_date: 2024-07-15, "
         "known_on: 2024-07-15", "column: adoptors_share, observed: 0.3, range: [0.2, 0.4],\n    "
         "until_date: 2024-07-15, known_on: 2024-07-15", "adopters_share"),
        ("  reaction: {", "  aware: {", "is the name of a column"),
        ("measure: market_value", "measure: market_valeu", "market_value"),
        ("range: [1, 4]", "range: [3, 4]", "observed must lie within range"),
        ("provider: Zhipu, ", "", "provider_tokens_multiple needs provider"),
        ("provider_tokens_multiple, provider: Zhipu",
         "provider_tokens_multiple_over_no_war, provider: Zhipu, world: no-wars", "no-war"),
        ("{set: {factors.competition: false}}", "{}", "it is the same world"),
        ("scale: log}\nmoments", "scale: log, prior: {median: 0.05, sd: 0.5}}\nmoments", "source"),
    ],
)  # fmt: skip
def test_mistakes_are_refused_with_their_place(old, new, said, read):
    assert old in FILE
    with pytest.raises(ScenarioError, match=said) as refusal:
        read(FILE.replace(old, new, 1))
    assert "mine.yaml:" in str(refusal.value)


def test_a_mapping_whose_names_are_free_is_asked_for_as_such(read):
    with pytest.raises(ScenarioError, match=r"parameters\n.*a mapping of at least one name"):
        read("name: mine\nscenario: minimal\ncut: 2024-12-31\nmoments: {}\n")
    with pytest.raises(ScenarioError, match=r"worlds(.|\n)*must be a mapping of names"):
        read(FILE.replace("worlds:", "worlds: 3\nfixed:"))


def test_too_few_moments_are_refused_and_those_after_the_cut_named(read):
    more = "  depth: {path: 'providers[Zhipu].war.depth_share', range: [0.0, 0.3]}\nmoments:"
    with pytest.raises(UsageError, match=r"2 moments \(later: after the cut\).*at least 3"):
        read(FILE.replace("moments:", more))


def test_a_scenario_is_told_from_a_calibration():
    with pytest.raises(ScenarioError, match="this is a scenario, not a calibration"):
        read_task(Path(__file__).parents[4] / "scenarios" / "minimal.yaml")


ROW = "rows: [{table: llm_adoption, where: {entity: %s, date: %s}}]"
CHINA = "China total (National Data Administration)"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (ROW % (CHINA, "2024-01-01"), "does not say when its row .* 2024-01-01 was published"),
        (ROW % ("ByteDance Doubao", "2024-12-18"), "was published on 2024-12-19"),
        (ROW % ("ByteDance Doubao", "2024-12-19"), "has no row with .* Doubao, date 2024-12-19"),
        ("rows: [{table: llm_adoption, where: {entitty: A}}]", "Did you mean 'entity'"),
    ],
)
def test_a_moment_of_rows_that_nobody_knew_is_refused(new, said, read):
    with pytest.raises(ScenarioError, match=said):
        read(FILE.replace("source: made up}", f"source: made up,\n    {new}}}", 1))
    late = FILE.replace("2025-01-01, source: made up}", f"2025-01-01, source: made up, {new}}}")
    assert read(late).late == ("later",)


def test_a_source_that_names_a_dated_table_must_name_its_rows(read):
    with pytest.raises(ScenarioError, match="names llm_adoption.csv"):
        read(FILE.replace("source: made up", "source: 'llm_adoption.csv, Doubao'", 1))
    row = "{entity: OpenRouter (all models), date: 2024-05-13}"
    dated = f"source: llm_adoption.csv, rows: [{{table: llm_adoption, where: {row}}}]"
    assert read(FILE.replace("source: made up", dated, 1)).moments["adopters"].rows


def test_moments_may_share_the_error_of_a_source(read):
    shared = read(FILE.replace("made up}", "made up, shares_error_with: {growth: 0.5}}", 1))
    sd = [0.2 / 3.91993, 2 * 0.693147 / 3.91993]
    wanted = [[sd[0] ** 2, 0.5 * sd[0] * sd[1]], [0.5 * sd[0] * sd[1], sd[1] ** 2]]
    assert shared.targets.source_covariance == pytest.approx(np.array(wanted), rel=1e-4)
    assert shared.subject == read(FILE).subject  # no run has to be made again
    for wrong, said in (("growht: 0.5", "Did you mean 'growth'"), ("growth: 1.5", "1")):
        with pytest.raises(ScenarioError, match=said):
            read(FILE.replace("made up}", f"made up, shares_error_with: {{{wrong}}}}}", 1))


def test_correlations_that_contradict_each_other_are_refused(read):
    text = FILE.replace("known_on: 2025-01-01", "known_on: 2024-07-15")
    first, second, third = text.split("made up}")[:3]
    contradicting = (
        f"{first}made up, shares_error_with: {{growth: 1, later: 1}}}}"
        f"{second}made up, shares_error_with: {{later: -1}}}}{third}made up}}"
    )
    with pytest.raises(ScenarioError, match="contradict each other"):
        read(contradicting)


def test_values_of_the_tables_are_those_known_by_the_cut_unless_the_file_says_all(read, tmp_path):
    everything = read(FILE)
    assert everything.scenario.data_as_of is None
    assert everything.source.endswith("view: all")
    by_the_cut = FILE.replace("view: all\n", "")
    with pytest.raises(ScenarioError, match=r"did not know by 2024-12-31(.|\n)*'view: all'"):
        read(by_the_cut)  # minimal looks a capability up that no row dates
    (tmp_path / "stated.yaml").write_text(
        "extends: minimal\nname: stated\nproducts:\n  - name: DeepSeek-V2\n"
        "    capability_logit: 1.0\n"
    )
    stated = by_the_cut.replace("scenario: minimal", "scenario: stated.yaml")
    task = read(stated)
    assert task.scenario.data_as_of == task.file.cut == task.common["data_as_of"]
    assert "view" not in task.source
    with pytest.raises(ScenarioError, match="not by the cut"):
        read(stated, overrides=["data_as_of=2025-06-01"])


@pytest.mark.parametrize("name", shipped_calibrations())
def test_shipped_calibrations_have_moments_enough_and_sources(name):
    task = read_task(name)
    assert len(task.moments) > len(task.space)
    assert all(moment.source and moment.fact for moment in task.moments.values())
