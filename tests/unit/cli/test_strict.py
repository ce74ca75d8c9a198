"""``check`` and ``run`` tell what is hardly meant, and refuse it with ``--strict``."""

from __future__ import annotations

from pathlib import Path

from pricewar.cli.implausible import below_cost_in_short
from pricewar.cli.main import main
from sim.reference import read

STRANGE = ["minimal", "--set", "products[glm-4].price_usd_per_mtok={input: 4e-7, output: 6e-7}"]


def test_check_says_valid_but(capsys):
    assert main(["check", *STRANGE]) == 0
    told = capsys.readouterr().out
    assert told.startswith("minimal: valid, but 1 value is hardly meant.\n--set products[glm-4]")
    assert "Is it a price per token?" in told
    assert "sha256: " in told


def test_check_says_valid_without_a_but_where_all_is_plausible(capsys):
    assert main(["check", "--strict", "minimal"]) == 0
    assert capsys.readouterr().out.startswith("minimal: valid.\n")


def test_a_strict_check_refuses(capsys):
    assert main(["check", "--strict", *STRANGE]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "minimal: refused, as --strict asks." in told.err


def test_a_strict_run_refuses_before_anything_is_written(capsys, tmp_path: Path):
    assert main(["run", *STRANGE, "--strict", "--out", str(tmp_path / "out")]) == 2
    assert "Is it a price per token?" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_run_tells_and_runs(capsys, tmp_path: Path):
    out = tmp_path / "out"
    small = ["--set", "population.users=50", "--replications", "1", "--workers", "1"]
    assert main(["run", *STRANGE, *small, "--out", str(out)]) == 0
    assert capsys.readouterr().err.count("hardly meant") == 1
    assert (out / "manifest.json").is_file()


def test_what_is_listed_below_cost_is_a_note_of_check_with_the_numbers(capsys):
    assert main(["check", "--strict", "minimal"]) == 0
    told = capsys.readouterr().out
    assert "  listed below cost, which cost_plus without markup_share keeps" in told
    assert "    DeepSeek-V2: 0.1" in told


def test_a_run_notes_in_one_line_what_is_listed_below_cost_and_strict_lets_it_pass(
    capsys, tmp_path: Path
):
    small = ["--set", "population.users=50", "--replications", "1", "--workers", "1"]
    out = ["--out", str(tmp_path / "out")]
    assert main(["run", "minimal", "--strict", *small, *out]) == 0
    (line,) = [it for it in capsys.readouterr().err.splitlines() if "below cost" in it]
    assert line == (
        "1 product is listed below cost: DeepSeek-V2; `pricewar check minimal` shows by how much."
    )


def below_cost_with(*cheap: str) -> str:
    nothing = [
        f"products[{it}].price_usd_per_mtok={{input: 0.0001, output: 0.0001}}" for it in cheap
    ]
    return below_cost_in_short("mine.yaml", read("china-2024-price-war", nothing))


def test_many_products_below_cost_are_counted_and_named():
    line = below_cost_with("qwen-turbo", "qwen-plus", "glm-4", "ERNIE-4.0")
    assert line.startswith("4 products are listed below cost: ERNIE-4.0, qwen-plus, ")
    assert "glm-4; `pricewar check mine.yaml`" in line


def test_of_more_than_a_few_products_below_cost_the_rest_is_counted():
    line = below_cost_with("qwen-turbo", "qwen-plus", "glm-4", "abab6.5s", "ERNIE-4.0")
    assert line.startswith("5 products are listed below cost: ")
    assert " and 1 more; `pricewar check mine.yaml`" in line


def test_a_run_without_a_product_below_cost_notes_none():
    raised = "products[DeepSeek-V2].price_usd_per_mtok={input: 5, output: 5}"
    assert below_cost_in_short("minimal", read("minimal", [raised])) == ""
