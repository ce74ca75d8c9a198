"""The command line answers on standard output and complains on standard error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pricewar.cli import commands
from pricewar.cli import main as command_line
from pricewar.cli.main import main
from sim.errors import ResultError
from sim.reference import read
from sim.scenario.writer import scenario_hash

ROOT = Path(__file__).parents[3]
HEAVY = {"numpy", "pandas", "pyarrow", "matplotlib", "numba", "scipy", "pydantic", "ruamel", "rich"}


def run_python(code: str, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, **options
    )


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_overview_names_every_command_and_gives_examples(arguments, capsys):
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert all(
        f"  {name} " in out and command.summary in out
        for name, command in commands.COMMANDS.items()
    )
    assert "examples:" in out


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_the_help_of_every_command_gives_examples(name, capsys):
    assert main([name, "--help"]) == 0
    assert f"pricewar {name}" in capsys.readouterr().out.partition("examples:")[2]


def test_help_imports_nothing_heavy():
    code = "import sys; from pricewar.cli.main import main; main(['--help']); print(*sys.modules)"
    loaded = run_python(code).stdout.splitlines()[-1].split()
    assert not HEAVY & {name.partition(".")[0] for name in loaded}


def test_a_small_run_imports_neither_pandas_nor_what_draws_and_queries(tmp_path):
    code = (
        "import sys; from pricewar.cli.main import main;"
        f"main(['run', 'minimal', '--out', {str(tmp_path / 'run')!r}]); print(*sys.modules)"
    )
    loaded = set(run_python(code).stdout.splitlines()[-1].split())
    assert "sim.record.run" in loaded
    assert not {"pandas", "matplotlib", "duckdb", "pyarrow.dataset"} & loaded


def test_a_run_whose_kernel_was_compiled_before_loads_nothing_that_compiles(tmp_path):
    run_python("from sim.users.kernel import warm_up; warm_up()")
    code = (
        "import sys; from pricewar.cli.main import main;"
        f"main(['run', 'minimal', '--out', {str(tmp_path / 'run')!r}]); print(*sys.modules)"
    )
    loaded = set(run_python(code).stdout.splitlines()[-1].split())
    assert "sim.users.kernel" in loaded
    assert not {"numba.np.arraymath", "scipy.linalg"} & loaded


def test_the_version_is_that_of_the_distribution(capsys, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", {"pricewar": "1.2.3"}.__getitem__)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "pricewar 1.2.3\n"


def test_the_package_runs_as_a_module_like_the_command(capsys):
    done = subprocess.run(
        [sys.executable, "-m", "pricewar", "chek"], capture_output=True, text=True, cwd=ROOT
    )
    assert main(["chek"]) == done.returncode == 2
    assert capsys.readouterr() == (done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chek"], "there is no command 'chek'.  Did you mean 'check'?"),
        (["qqq"], "there is no command 'qqq'.  Commands: run, "),
        (["--versoin"], "there is no option '--versoin'.  Did you mean '--version'?"),
        (["check"], "the following arguments are required: FILE"),
        (["check", "minimal", "--sett", "a=1"], "does not know '--sett'.  Did you mean '--set'?"),
        (["check", "minimal", "--colour=red"], "does not know '--colour'.  Options: --set"),
        (["schema", "--out"], "expected one argument"),
        (["list", "nowhere"], "there is no folder 'nowhere'"),
    ],
)
def test_a_wrong_call_is_told_the_nearest_and_exits_2(arguments, told, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert told in err
    assert out == ""


def test_check_sums_up_a_valid_file(capsys):
    assert main(["check", "minimal", "--set", "population.users=700"]) == 0
    out = capsys.readouterr().out
    assert "minimal: valid." in out
    assert "700 users for 100,000" in out
    loaded = read("minimal", ["population.users=700"])
    assumed = sum(source.is_assumption for source in loaded.provenance.values())
    assert f"{len(loaded.provenance) - assumed}; marked as assumptions: {assumed}" in out
    assert scenario_hash(loaded) in out


def test_check_tells_the_mistakes_of_all_files_and_exits_2(tmp_path, capsys):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("extends: minimal\nseed: x\npopulation: {users: 1}\n", encoding="utf-8")
    assert main(["check", str(wrong), "minimal", "nowhere.yaml"]) == 2
    out, err = capsys.readouterr()
    assert "minimal: valid." in out
    assert f"{wrong}:2:7  seed = 'x'" in err
    assert f"{wrong}: 2 mistakes." in err
    assert "nowhere.yaml: 1 mistake." in err


def test_list_gives_each_shipped_scenario_with_its_question(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    scenario = read("minimal")
    assert f"minimal\n    {scenario.title}\n    {scenario.question}\n" in out


def test_list_takes_a_folder_and_survives_what_is_no_scenario(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text("title: A war\nquestion: Why?\n[", encoding="utf-8")
    (tmp_path / "b.yaml").write_bytes(b"\xff\0")
    (tmp_path / "c.yml").write_text("x: {title: no}\ntitle: C\n", encoding="utf-8")
    (tmp_path / "d.txt").write_text("title: D", encoding="utf-8")
    assert main(["list", str(tmp_path)]) == 0
    a, b, c = (str(tmp_path / name) for name in ("a.yaml", "b.yaml", "c.yml"))
    assert capsys.readouterr().out == f"{a}\n    A war\n    Why?\n{b}\n{c}\n    C\n"


def test_an_empty_folder_has_nothing_to_list(tmp_path, capsys):
    assert main(["list", str(tmp_path)]) == 2
    assert "no .yaml files" in capsys.readouterr().err


def test_schema_goes_to_standard_output_or_a_file(tmp_path, capsys):
    assert main(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    out = tmp_path / "schema.json"
    assert main(["schema", "--out", str(out)]) == 0
    assert capsys.readouterr() == ("", f"Wrote {out}.\n")
    assert json.loads(out.read_text(encoding="utf-8")) == printed
    assert main(["schema", "--out", str(tmp_path / "no" / "where.json")]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "Stopped.\n"),
        (ResultError("no run there"), 2, "no run there\n"),
    ],
)
def test_interruptions_and_errors_end_in_one_line(error, code, told, capsys, monkeypatch):
    def fail(_: list[str]) -> int:
        raise error

    monkeypatch.setattr(command_line, "_dispatch", fail)
    assert main(["check"]) == code
    assert capsys.readouterr().err == told


def test_a_reader_that_goes_away_is_no_error():
    script = (
        "import sys; from pricewar.cli import main; "
        "main._dispatch = lambda _: sys.stdout.write('x' * 10_000_000) and 0; "
        "sys.exit(main.main([]))"
    )
    command = f'{sys.executable} -c "{script}" | head -c 1; echo ${{PIPESTATUS[0]}}'
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, env=buffered
    )
    assert done.stdout == "x141\n"
    assert done.stderr == ""


def test_a_terminal_without_unicode_gets_escapes(tmp_path):
    (tmp_path / "a.yaml").write_text("title: 价格\nquestion: q\n", encoding="utf-8")
    code = f"from pricewar.cli.main import main; main(['list', {str(tmp_path)!r}])"
    done = run_python(code, env={"PYTHONIOENCODING": "ascii"})
    assert "\\u4ef7\\u683c" in done.stdout
    assert done.returncode == 0
