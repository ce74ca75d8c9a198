"""What is called from Python says, in Python's terms, what it takes."""

import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import pricewar
import sim
from analysis.printable import PrintableTable
from sim.arguments import in_arguments, in_terms_of_arguments
from sim.errors import Problem, ResultError, ScenarioError, UsageError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def minimal():
    return sim.load("minimal")


CALLS = {
    "load": lambda value, _: sim.load(value),
    "sweep": lambda value, _: sim.sweep(value),
    "open_run": lambda value, _: sim.open_run(value),
    "Sweep": lambda value, _: sim.Sweep(value),
    "run": lambda value, _: sim.run(value),
    "with_": lambda value, _: sim.with_(value, {}),
    "overrides of load": lambda value, _: sim.load("minimal", value),
    "overrides of with_": lambda value, minimal: sim.with_(minimal, value),
    "out": lambda value, minimal: sim.run(minimal, out=value or 0),
    "report": lambda value, _: pricewar.report(value),
    "compare": lambda value, _: pricewar.compare(value, value),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", [None, 5, 1.5, b"minimal", {1: 2}, [None]], ids=str)
def test_what_an_argument_cannot_be_is_refused_by_name(call, value, minimal):
    with pytest.raises(UsageError, match=r"takes|must be") as caught:
        CALLS[call](value, minimal)
    assert "--" not in str(caught.value)


def test_a_name_in_place_of_a_scenario_is_told_to_load_it():
    with pytest.raises(UsageError, match=r"as in sim\.run\(sim\.load\('minimal'\)\)"):
        sim.run("minimal")
    with pytest.raises(UsageError, match=r"as in sim\.with_\(sim\.load\('mine'\), \{\.\.\.\}\)"):
        sim.with_("mine", {})


def test_names_in_place_of_runs_are_told_to_open_them():
    with pytest.raises(UsageError, match=r"takes runs, not 'a'.*pricewar\.open_run\('a'\)"):
        pricewar.compare("a", "b")
    with pytest.raises(UsageError, match=r"takes runs, not 'a'.*pricewar\.open_run\('a'\)"):
        pricewar.report("a")


def test_the_simulator_says_where_comparing_is_done():
    with pytest.raises(AttributeError, match=r"it is pricewar\.compare\(run, other\)"):
        sim.compare  # noqa: B018
    assert not hasattr(sim, "qqq")


@pytest.mark.parametrize("value", ["yes", "no", 1, None])
def test_only_true_and_false_say_yes_and_no(value, minimal, tmp_path):
    for call in (
        lambda: sim.load("minimal", allow_code=value),
        lambda: sim.open_run(tmp_path, allow_code=value),
        lambda: sim.sweep("minimal", resume=value),
        lambda: sim.run(minimal, overwrite=value),
    ):
        with pytest.raises(UsageError, match="must be True or False"):
            call()


def test_limits_and_clusters_are_of_the_kinds_that_there_are(minimal):
    with pytest.raises(UsageError, match="time_limit_s = '5': must be a number above 0"):
        sim.run(minimal, time_limit_s="5")
    with pytest.raises(UsageError, match="must be the address of a Dask scheduler"):
        sim.sweep("minimal", cluster=object())


@pytest.mark.parametrize("value", ["3", 2.5, True, [1]], ids=str)
def test_counts_and_seeds_are_whole_numbers(value, minimal):
    for call in (
        lambda: sim.run(minimal, replications=value),
        lambda: sim.run(minimal, seed=value),
        lambda: sim.run(minimal, workers=value),
        lambda: sim.sweep("minimal", replications=value),
        lambda: sim.sweep("minimal", seed=value),
        lambda: sim.sweep("minimal", workers=value),
    ):
        with pytest.raises(UsageError, match="must be a whole number from"):
            call()


def test_errors_speak_of_arguments(minimal, tmp_path):
    (tmp_path / "file.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultError) as caught:
        sim.run(minimal, out=tmp_path)
    assert "Choose another folder with the argument out." in str(caught.value)
    with pytest.raises(ScenarioError) as caught:
        sim.with_(minimal, {"population.users": 0})
    assert str(caught.value).startswith("overrides['population.users']  population.users = 0")
    with pytest.raises(ScenarioError) as caught:
        sim.with_(minimal, ["population.users=0"])
    assert caught.value.problems[0].place == "overrides: population.users=0"


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("Choose another folder with --out.", "Choose another folder with the argument out."),
        (
            "Continue with --resume, or --overwrite.",
            "Continue with resume=True, or overwrite=True.",
        ),
        ("Run one again with --seed 12.", "Run one again with seed=12."),
        ("Run both with the same --replications.", "Run both with the same replications."),
        ("--set a.b=c  a.b = c", "overrides: a.b=c  a.b = c"),
        ("--set needs a path", "overrides needs a path"),
        ("allow it with --allow-code", "allow it with allow_code=True"),
        ("--time-limit and --memory-limit", "time_limit_s and memory_limit_bytes"),
        ("`pricewar run x --out y` or --out", "`pricewar run x --out y` or the argument out"),
        ("--outside --settle --seeds", "--outside --settle --seeds"),
        ("a -- b", "a -- b"),
    ],
)
def test_an_option_is_said_as_the_argument_that_says_the_same(told, meant):
    assert in_arguments(told) == meant


def test_an_error_keeps_its_type_its_problems_and_its_name():
    problem = Problem("mine.yaml", 1, 2, "a", "b", "is wrong.", "See --set a=b.")

    @in_terms_of_arguments
    def fail():
        """Fail."""
        raise ScenarioError([problem])

    with pytest.raises(ScenarioError) as caught:
        fail()
    assert caught.value.problems[0].hint == "See overrides: a=b."
    assert str(caught.value) == str(caught.value.problems[0])
    assert (fail.__name__, fail.__doc__) == ("fail", "Fail.")


@pytest.mark.parametrize("package", [sim, pricewar])
def test_a_package_shows_its_names_and_not_its_imports(package):
    assert dir(package) == sorted(package.__all__)
    assert all(getattr(package, name).__doc__ for name in dir(package))


@pytest.mark.parametrize("package", ["sim", "pricewar"])
def test_importing_a_package_imports_nothing_heavy(package):
    code = f"import sys, {package}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    heavy = {"numpy", "pandas", "pyarrow", "pydantic", "numba", "rich", "matplotlib", "ruamel"}
    assert not heavy & {name.partition(".")[0] for name in done.stdout.split()}


def test_a_scenario_is_shown_in_a_line(minimal):
    shown = "<Scenario minimal: 2024-04-15 to 2024-07-15, 2 providers, 3 products"
    assert repr(minimal).startswith(shown)
    assert str(minimal) == repr(minimal)
    assert len(repr(sim.load("global-2023-2025"))) < 150


def test_a_table_prints_itself(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    table = PrintableTable(title="Prices")
    table.add_column("name")
    table.add_row("[bold]")
    print(table)  # noqa: T201
    out = capsys.readouterr().out
    assert "Prices" in out
    assert "name" in out
    assert "object at" not in out
    assert "\x1b" not in out
    assert repr(table) == str(table) == out.removesuffix("\n")
    console = Console(width=40, highlight=False)
    with console.capture() as captured:
        console.print(table)
    assert "Prices" in captured.get()
