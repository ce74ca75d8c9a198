"""From ``--do`` to the page: run, resumed, compared, swept, and refused where it must be."""

import re

import pytest

import sim
from analysis.comparison import compare
from analysis.figures import plates
from analysis.money import provider_profits
from analysis.provider_accounts import weekly_profits
from pricewar.cli.main import main
from sim.interventions.line import line_of
from sim.units import DAYS_PER_YEAR

pytestmark = pytest.mark.slow

QUICK = ["--set", "population.users=60", "--replications", "2", "--workers", "1"]
LINE = "rents x1.5 from 2024-05-20"
CUT = "price glm-4 -50% on 2024-06-03"


def run(folder, *do, name="minimal"):
    asked = [word for line in do for word in ("--do", line)]
    assert main(["run", name, *QUICK, *asked, "--out", str(folder)]) == 0
    return sim.open_run(folder)


def test_two_runs_that_differ_in_an_intervention_are_compared_by_it(tmp_path, capsys):
    plain, other = run(tmp_path / "plain"), run(tmp_path / "other", LINE, CUT)
    assert [line_of(one) for one in other.scenario.interventions] == [LINE, CUT]
    assert plain.manifest["scenario_key"] != other.manifest["scenario_key"]
    assert other.manifest["changes"]["do"] == [LINE, CUT]
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "other"), str(tmp_path / "plain")]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f'interventions: "{LINE}" against none' in told
    assert f'interventions: "{CUT}" against none' in told
    found = compare(other, plain)
    assert found["adopters_share_end"].difference.replications == 2
    for name, paid in provider_profits(other).items():  # the ledger's, and the weekly table's
        weekly = weekly_profits(other.providers, name).sum()
        years = other.scenario.duration_days / DAYS_PER_YEAR
        assert weekly.to_numpy() / years == pytest.approx(paid.to_numpy(), abs=1.0)


def test_a_page_shows_a_market_beside_the_same_without_its_interventions(
    tmp_path, monkeypatch, capsys
):
    first = plates.collected()[:1]
    monkeypatch.setattr(plates, "collected", lambda: first)
    there = run(tmp_path / "run", LINE)
    assert main(["report", str(there.folder)]) == 0
    assert "without interventions" in capsys.readouterr().err
    without = sim.open_run(there.folder / "worlds" / "no-intervention")
    assert without.scenario.interventions == ()
    begins = there.scenario.days(there.scenario.interventions[0].date)
    before = there.market["time_days"] < begins
    assert there.market[before].equals(without.market[before])
    page = re.sub(r"\s+", " ", (there.folder / "report.html").read_text(encoding="utf-8"))
    assert LINE in page
    assert "no intervention" in page


def test_a_run_is_resumed_with_its_interventions(tmp_path):
    there = run(tmp_path / "run", LINE)
    again = ["run", "minimal", "--workers", "1", "--resume", "--out", str(there.folder)]
    assert main(again) == 0
    assert sim.open_run(there.folder).manifest["scenario_key"] == there.manifest["scenario_key"]


def test_a_sweep_varies_an_intervention_and_takes_more_at_every_point(tmp_path):
    design = tmp_path / "shock.yaml"
    design.write_text(
        "name: shock\n"
        "scenario: minimal\n"
        "set:\n"
        "  population.users: 40\n"
        "  end_date: 2024-05-27\n"
        f"  interventions: [{LINE}]\n"
        "replications: 1\n"
        "kind: grid\n"
        "parameters:\n"
        "  factor: {path: 'interventions[0].factor', values: [1.0, 2.0]}\n",
        encoding="utf-8",
    )
    floor = ["floor 0.2 from 2024-05-10"]
    with pytest.warns(sim.ImplausibleWarning, match="changes nothing: its size is zero"):
        swept = sim.sweep(design, out=tmp_path / "sweep", workers=1, do=floor)
    events = swept.table("events")
    found = events[events["kind"] == "intervention"]
    assert set(found["field"]) == {"rent_factor", "floor_usd_per_mtok"}
    assert len(found[found["field"] == "floor_usd_per_mtok"]) == 2
    assert found[found["field"] == "rent_factor"]["new"].tolist() == [2.0]


@pytest.mark.parametrize("command", ["run", "check", "profile"])
def test_a_bad_line_is_refused_by_every_command_before_anything_runs(
    command, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main([command, "minimal", "--do", "price Zhipo -50% on 2024-06-01"]) == 2
    told = capsys.readouterr().err
    assert "--do 'price Zhipo -50% on 2024-06-01'  interventions[0].of = 'Zhipo'" in told
    assert "Did you mean 'Zhipu'?" in told
    assert list(tmp_path.iterdir()) == []


def test_one_after_the_last_day_or_of_size_zero_is_warned_of(capsys):
    for line, why in (
        ("rents x2 from 2025-01-01", "it does not happen"),
        ("rents x1 from 2024-05-20", "its size is zero"),
    ):
        assert main(["check", "minimal", "--do", line]) == 0
        told = capsys.readouterr().out
        assert why in told
        assert f"intervention: {line}" in told


def test_help_names_the_option_and_shows_every_kind(capsys):
    assert main(["run", "--help"]) == 0
    told = capsys.readouterr().out
    assert "--do INTERVENTION" in told
    assert "--do 'capacity freeze from 2024-09-01'" in told
