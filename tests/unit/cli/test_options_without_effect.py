"""Options that would have no effect are refused, and values that mean nothing."""

import pytest

from pricewar.cli.main import main


@pytest.mark.parametrize(
    "option",
    [["--json"], ["--out", "there"], ["--provider", "Zhipu"], ["--precision", "10%"]],
)
@pytest.mark.parametrize("asked", [["--bytes"], ["--within", "0"]])
def test_a_comparison_of_tables_refuses_what_belongs_to_one_of_worlds(option, asked, capsys):
    assert main(["compare", "one", "other", *asked, *option]) == 2
    assert f"{option[0]}: has no effect with --bytes" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "little"])
def test_a_tolerance_is_a_finite_number_of_zero_or_above(text, capsys):
    assert main(["compare", "one", "other", "--bytes", f"--within={text}"]) == 2
    assert f"{text!r} is not a number of 0 or above" in capsys.readouterr().err


CHANGES = [
    ["--set", "population.users=50"],
    ["--do", "rents x1.5 from 2024-09-01"],
    ["--replications", "3"],
    ["--seed", "0"],
    ["--resume"],
    ["--out", "there"],
]


@pytest.mark.parametrize(
    "option",
    [
        *CHANGES,
        ["--factors", "competition"],
        ["--further", "tied: population.choice.switching_cost_vendor=0"],
        ["--orders", "8"],
    ],
)
def test_an_attribution_that_was_run_is_only_looked_at(option, tmp_path, capsys):
    (tmp_path / "plan.parquet").touch()
    assert main(["attribute", str(tmp_path), *option]) == 2
    told = capsys.readouterr().err
    assert f"{option[0]}: {tmp_path} is a sweep that was run, and is only looked at" in told


@pytest.mark.parametrize("option", [*CHANGES, ["--strategies", "hold"], ["--alike", "G=A,B"]])
def test_a_game_that_was_run_is_only_looked_at(option, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sim.record.sweep_folder.SweepFolder.is_sweep", lambda _: True)
    assert main(["game", str(tmp_path), *option]) == 2
    told = capsys.readouterr().err
    assert f"{option[0]}: {tmp_path} is a game that was run, and is only looked at" in told


@pytest.mark.parametrize("command", ["whatif", "game"])
def test_no_discounting_can_be_said_and_no_nonsense(command, capsys):
    with_it = {"whatif": ["--for", "Nobody", "--do", "floor 0.1 from 2024-09-01"], "game": []}
    said = ["minimal", *with_it[command]]
    assert main([command, *said, "--discount-rate", "0"]) == 2  # refused for something else
    assert "--discount-rate" not in capsys.readouterr().err
    assert main([command, *said, "--discount-rate", "11"]) == 2
    assert "'11' is not a rate a year from 0 to 10" in capsys.readouterr().err
