"""`pricewar attribute`, from a scenario to tables, figures and sentences."""

import json
import shlex

import numpy as np
import pandas as pd
import pytest

from analysis.attribution.attribution import attribution_of
from analysis.attribution.factor_worlds import factor_outcomes
from analysis.attribution.planned import attribution_space
from pricewar.cli.main import main
from sim.batch.orders import Orders
from sim.batch.serial import Serial
from sim.batch.sweep import run_sweep
from sim.errors import ResultError
from sim.record.run import Run
from sim.record.sweep import Sweep

pytestmark = pytest.mark.slow

SMALL = ("population.users=80", "end_date=2024-06-24", "domains[coding].share=0.4")
CHANGED = [
    part for text in ("population.users=81", *SMALL[1:]) for part in ("--set", text)
]  # what is set anew replaces all that was set


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An attribution with two replications of the smallest war, through the command."""
    out = tmp_path_factory.mktemp("attribute") / "out"
    options = [part for text in SMALL for part in ("--set", text)]
    command = ["attribute", "minimal", "--out", str(out), "--replications", "2", "--workers", "1"]
    assert main([*command, *options]) == 0
    return out


def test_tables_add_up_to_the_difference_of_the_worlds_that_were_run(folder):
    frame = pd.read_csv(folder / "attribution" / "factors.csv")
    assert set(frame.factor) == {"competition", "attention", "open_weights"}
    market = Sweep(folder).market
    last = market[market.time_days == market.time_days.max()]
    on = last[last.competition & last.attention & last.open_weights].adopters_share.mean()
    off = last[~(last.competition | last.attention | last.open_weights)].adopters_share.mean()
    users = frame[frame.outcome == "adopters_share_end"]
    assert users.shapley.sum() == pytest.approx(on - off, abs=1e-12)
    sums = frame.groupby("outcome").shapley.sum() - frame.groupby("outcome").total.first()
    assert sums.abs().max() <= 1e-12 * frame.total.abs().max()
    assert len(pd.read_csv(folder / "attribution" / "interactions.csv")) == 3 * 7
    for name in ("attribution", "interactions"):
        assert (folder / "figures" / f"{name}.png").is_file()
        assert (folder / "figures" / f"{name}.csv").is_file()


def test_news_alone_leaves_prices_where_they_are_without_the_war(folder):
    """Every list price of every week is that of the calm market, and what users do is not."""
    products = Sweep(folder).products
    calm = products[~products.competition & products.attention & products.open_weights]
    told = Run(folder / "worlds" / "news-alone").products
    columns = ["replication", "time_days", "product", "price_usd_per_mtok"]
    ordered = [
        table.sort_values(columns[:3])[columns].reset_index(drop=True) for table in (calm, told)
    ]
    pd.testing.assert_frame_equal(*ordered, check_exact=True)


def test_news_alone_has_the_news_of_the_war_in_the_replication_that_made_it(folder):
    events = Sweep(folder).table("events")
    war = events[events.competition & events.attention & events.open_weights]
    cuts = war[(war.kind == "price") & (war.new < war.old)]
    news = Run(folder / "worlds" / "news-alone").scenario.news
    told = {(one.replication, one.product, one.time_days) for one in news}
    made = {(one.replication, one.subject, one.time_days) for one in cuts.itertuples()}
    assert made
    assert made <= told


def test_it_is_continued_without_running_anything_and_says_the_same_again(
    folder, capsys, monkeypatch
):
    before = (folder / "attribution" / "factors.csv").read_bytes()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was executed")

    monkeypatch.setattr("sim.batch.processes.Processes.__init__", refuse)
    monkeypatch.setattr("sim.batch.serial.Serial.__init__", refuse)
    command = ["attribute", "minimal", "--out", str(folder), "--resume", "--replications", "2"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "competition x open weights" in shown
    assert "market expansion" in shown.lower()
    assert (folder / "attribution" / "factors.csv").read_bytes() == before
    assert main(["attribute", str(folder)]) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    ("otherwise", "told"),
    [
        (["minimal", *CHANGED], "population.users (80 against 81)"),
        (["minimal", "--seed", "7"], "the seed: 1 against 7"),
        (["minimal", "--do", "rents x1.5 from 2024-05-06"], "interventions (none against "),
        (["china-2024-price-war", *CHANGED[:2]], "minimal against china-2024-price-war"),
    ],
)
def test_an_attribution_of_something_else_is_not_taken_for_the_one_in_the_folder(
    folder, otherwise, told, capsys
):
    before = {path: path.read_bytes() for path in sorted(folder.glob("*.*"))}
    assert main(["attribute", *otherwise, "--out", str(folder), "--resume"]) == 2
    said = capsys.readouterr().err
    assert f"{folder}: was begun otherwise; nothing was touched." in said
    assert told in said
    assert "Choose another folder with --out" in said
    assert {path: path.read_bytes() for path in sorted(folder.glob("*.*"))} == before


def test_a_folder_that_is_to_be_resumed_is_told_by_what(folder, capsys):
    record = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    assert main(["attribute", str(folder), "--resume"]) == 2
    said = capsys.readouterr().err
    assert f"Continue it with `{shlex.join(record['command'])} --resume`." in said


def test_json_holds_all_tables(folder, capsys):
    assert main(["attribute", str(folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["scenario"] == "minimal"
    assert len(said["factors"]) == 3 * 7
    total, news, prices = (
        next(one["effect"] for one in said["war"] if (one["of"], one["through"]) == (of, through))
        for of in ("adopters_share_end",)
        for through in ("total", "by_news", "by_prices")
    )
    assert news + prices == pytest.approx(total)
    assert [one["months"] for one in said["local_response"]] == [1, 3, 6, 12]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["minimal", "--factors", "hardware"], "is not in play in this scenario"),
        (["minimla"], "Did you mean 'minimal'"),
        (["minimal", "--orders", "0"], "is not a whole number at least 1"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_run(arguments, said, tmp_path, capsys):
    assert main(["attribute", *arguments, "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_factors_that_it_was_begun_with_are_taken_up_again(tmp_path):
    out = tmp_path / "out"
    begin = [
        "--factors",
        "open_weights",
        "--replications",
        "1",
        "--set",
        SMALL[0],
        "--set",
        SMALL[1],
    ]
    assert main(["attribute", "minimal", "--out", str(out), "--workers", "1", *begin]) == 0
    before = (out / "plan.parquet").read_bytes()
    assert main(["attribute", "minimal", "--out", str(out), "--resume"]) == 0
    assert (out / "plan.parquet").read_bytes() == before


def swept(folder, seed, replications=4):
    """All worlds of two factors, run in this process."""
    space = attribution_space(
        "minimal", factors=["competition", "open_weights"], overrides=SMALL[:2]
    )
    orders = Orders(replications=replications, seed=seed, overrides=SMALL[:2], reuse=())
    return run_sweep(space, folder, Serial, orders).sweep


def test_another_seed_gives_the_same_answer_within_the_intervals(tmp_path):
    """Of 14 values, each further apart than its two intervals together with probability < 1%."""
    found = [
        attribution_of(factor_outcomes(swept(tmp_path / str(seed), seed)), "minimal").frame
        for seed in (1, 2)
    ]
    assert not np.array_equal(found[0].shapley, found[1].shapley)
    half = [(one.high - one.low) / 2.0 for one in found]
    apart = (found[0].shapley - found[1].shapley).abs()
    assert (apart <= half[0] + half[1]).all()


def test_replications_that_a_world_lacks_are_left_out_and_none_is_refused(tmp_path):
    sweep = swept(tmp_path / "whole", 1, replications=1)
    sweep.plan.loc[sweep.plan.point == 2, "state"] = "missing"
    with pytest.raises(ResultError, match="no replication has finished in all 4 worlds"):
        factor_outcomes(sweep)


def test_a_sweep_of_something_else_is_refused(tmp_path, capsys):
    design = tmp_path / "design.yaml"
    design.write_text(
        "name: other\nscenario: minimal\nkind: list\nreplications: 1\n"
        "set: {population.users: 40, end_date: 2024-04-29}\n"
        "parameters: {gap: {path: war.trigger_gap_share}}\npoints: [{gap: 0.1}]\n",
        encoding="utf-8",
    )
    assert main(["sweep", str(design), "--serial", "--out", str(tmp_path / "other")]) == 0
    assert main(["attribute", str(tmp_path / "other")]) == 2
    assert "is not a sweep of factors" in capsys.readouterr().err
