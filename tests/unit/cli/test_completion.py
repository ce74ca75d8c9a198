"""The Tab key finds commands, options, and whatever an argument may be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pricewar.cli.commands import COMMANDS
from pricewar.cli.completing import parser_for
from pricewar.cli.main import main
from sim.record.tables import SCHEMAS
from sim.scenario.shipped import shipped, shipped_sweeps

ROOT = Path(__file__).parents[3]


@pytest.fixture
def completions(tmp_path):
    """Ask as a shell does, and return what it is told."""
    (tmp_path / "mine.yaml").write_text("", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    run, sweep = tmp_path / "results" / "war", tmp_path / "results" / "sweeps" / "depth"
    for folder, file in ((run, "manifest.json"), (sweep, "plan.parquet")):
        folder.mkdir(parents=True)
        (folder / file).write_text("{}", encoding="utf-8")

    def ask(line):
        told = tmp_path / "told"
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(told), "COMP_LINE": line,
            "COMP_POINT": str(len(line)), "_ARGCOMPLETE_SHELL": "bash", "COMP_TYPE": "9",
        }  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "pricewar"], env=environment, cwd=tmp_path, check=True
        )
        return [word.strip() for word in told.read_text(encoding="utf-8").split("\n")]

    return ask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pricewar ", list(COMMANDS)),
        ("pricewar comp", ["compare", "completion"]),
        ("pricewar --v", ["--version"]),
        ("pricewar run china-2024-a", ["china-2024-as-happened"]),
        ("pricewar run mi", ["minimal", "mine.yaml"]),
        ("pricewar check minimal mine", ["mine.yaml"]),
        ("pricewar sweep war-", [name for name in shipped_sweeps() if name.startswith("war-")]),
        ("pricewar run minimal --re", ["--replications", "--report", "--resume"]),
        ("pricewar query results/w", ["results/war", "results/war/"]),
        ("pricewar report results/s", ["results/sweeps/depth", "results/sweeps/"]),
        ("pricewar export results/war --table pr", ["products", "providers"]),
        ("pricewar list acc", ["accelerators"]),
        ("pricewar list accelerators H200", ["H200\\ SXM\\ 141GB"]),
        ("pricewar completion ", ["bash", "zsh", "fish"]),
        ("pricewar calibrate ", ["compression", "market"]),
        ("pricewar run minimal --set population.us", ["population.users="]),
        ("pricewar check minimal --set population.cl", ["population.clocks."]),
        ("pricewar run minimal --set provi", ["providers\\["]),
        ("pricewar run minimal --set population.users=5", [""]),
        ("pricewar run nowhere --set end_", ["end_date="]),
    ],
)
def test_what_begins_so_is_completed(line, expected, completions):
    assert sorted(completions(line)) == sorted(expected)


def test_every_shipped_scenario_is_offered(completions):
    assert {*shipped()} < {*completions("pricewar run ")}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_describes_its_arguments_to_the_shell(name):
    parser = parser_for(f"pricewar {name} ")
    assert f"pricewar {name}" in parser._subparsers._group_actions[0].choices[name].format_usage()


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete --command")]
)
def test_each_shell_gets_its_code(shell, part, capsys):
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert part in out
    assert "pricewar" in out


def test_another_shell_is_told_which_there_are(capsys):
    assert main(["completion", "tcsh"]) == 2
    assert "fish" in capsys.readouterr().err


def test_bash_itself_completes(tmp_path):
    program = tmp_path / "pricewar"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m pricewar "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    script = (
        'eval "$(pricewar completion bash)"; COMP_LINE="pricewar run china-2024-a"; '
        "COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_WORDS=($COMP_LINE); COMP_CWORD=2; "
        '_python_argcomplete pricewar; printf "%s" "${COMPREPLY[*]}"'
    )
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=path)
    assert done.stdout.strip() == "china-2024-as-happened"


def test_tables_are_those_that_there_are(completions):
    assert {*completions("pricewar export results/war --table ")} == {
        *SCHEMAS, "plan", "failures"
    }  # fmt: skip
