"""``check`` and ``run`` tell what is hardly meant, and refuse it with ``--strict``."""

from __future__ import annotations

from pathlib import Path

from pricewar.cli.main import main

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
