"""A decision from the command line: options, ranking, assumptions, files, resumed."""

import json

import pandas as pd
import pytest

import sim
from pricewar.cli.main import main
from sim.units import DAYS_PER_YEAR

pytestmark = pytest.mark.slow

SMALL = ["--set", "population.users=60", "--set", "end_date=2024-06-10", "--workers", "1"]
CUTS = ["--for", "Zhipu", "--do", "price Zhipu -{20,80}% on 2024-05-06"]
WITH = ["--assumptions", "Zhipu: *", "--screen-replications", "1", "--most", "1"]


def test_a_decision_is_run_ranked_tried_on_assumptions_and_resumed(tmp_path, capsys):
    out = tmp_path / "decision"
    command = ["whatif", "minimal", *CUTS, *SMALL, *WITH, "--replications", "4", "--out", str(out)]
    assert main(command) == 0
    told = " ".join(capsys.readouterr().out.split())
    rows = pd.read_csv(out / "options.csv").set_index("option")
    assert list(rows.index) == ["hold", *(f"price Zhipu -{cut}% on 2024-05-06" for cut in (20, 80))]
    best = rows.index[rows["is_best"]].item()
    assert best == rows["profit_usd_per_year"].idxmax()
    assert f"Best for Zhipu: {best}" in told
    assert rows["probability_best"].sum() == pytest.approx(1.0)
    assert rows.loc["hold", "profit_usd_per_year_gain"] == 0.0

    swept = sim.Sweep(out / "options")  # what the sweep's own tables say of one option
    tables = swept.query("select * from providers where provider = 'Zhipu'").df()
    hold = tables[(tables["option"] == "hold") & (tables["time_days"] > 0.0)]
    costs = hold.filter(regex="^(compute|training|data|staff|compression|seeding)_usd").sum(axis=1)
    last_days = hold["time_days"].max()
    weeks = hold["time_days"].map(lambda day: 7.0 if day % 7.0 == 0.0 else day % 7.0)
    profit = ((hold["revenue_usd_per_day"] - costs) * weeks).groupby(hold["replication"]).sum()
    yearly = profit.mean() / (last_days / DAYS_PER_YEAR)
    assert rows.loc["hold", "profit_usd_per_year"] == pytest.approx(yearly)

    screened = pd.read_csv(out / "assumptions.csv")
    assert set(screened["assumption"]) == {"Zhipu: cash_usd", "Zhipu: war.depth_share"}
    assert screened["width_usd_per_year"].is_monotonic_decreasing
    assert screened["replications"].tolist() == [4, 1]
    ends = pd.read_csv(out / "ends.csv")
    assert len(ends) == 2 * len(rows)
    assert (out / "options.svg").is_file()
    assert (out / "assumptions.svg").is_file()

    assert main([*command, "--resume", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    gains = [row["profit_usd_per_year_gain"] for row in again["options"]]
    assert gains == pytest.approx(rows["profit_usd_per_year_gain"].tolist())

    before = (out / "options" / "plan.parquet").read_bytes()
    for changed, told in (
        (["Zhipu", "--given", "rents x1.5 from 2024-05-06"], "none against "),
        (["DeepSeek"], "'What is best for Zhipu?' against 'What is best for DeepSeek?'"),
    ):
        asked = [*command[:2], "--for", *changed, *command[4:]]
        assert main([*asked, "--resume"]) == 2
        assert told in capsys.readouterr().err
    assert (out / "options" / "plan.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["--for", "Zhipuu", *CUTS[2:]], "Did you mean 'Zhipu'"),
        (["--for", "Zhipu", "--do", "price Zhipu -20% on 2019-05-06"], "--do 'price Zhipu -20%"),
        (["--for", "Zhipu", "--do", "price Zhipu -{20,% on 2024-05-06"], "braces do not match"),
        (["--for", "Zhipu"], "--do"),
        ([*CUTS, "--assumptions", "nothing*"], "states no range for an assumption"),
    ],
)
def test_what_is_no_decision_is_refused_before_anything_is_run(changed, told, tmp_path, capsys):
    out = ["--out", str(tmp_path / "none"), *SMALL, "--replications", "2"]
    assert main(["whatif", "minimal", *changed, *out]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
