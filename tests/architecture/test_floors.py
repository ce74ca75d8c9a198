"""The house is as it is drawn: imports go down, and never in a circle."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from drawing import (
    PACKAGES,
    ROOT,
    Floor,
    against_the_drawing,
    imports,
    modules,
    name_in_drawing,
    read_drawing,
)

FLOORS = read_drawing((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = SETTINGS["contracts"]
(SIMULATOR,) = [contract for contract in CONTRACTS if contract.get("containers") == ["sim"]]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Hold the contracts of a folder's pyproject.toml against the packages in it."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_every_name_in_the_drawing_is_a_package_or_module_drawn_once():
    names = [name for floor in FLOORS for name in floor.names]
    assert len(names) > 15
    assert set(names) <= modules()
    assert len(set(names)) == len(names)


def test_every_package_and_module_of_the_simulator_stands_on_a_floor_of_its_own():
    drawn = {name for floor in FLOORS for name in floor.names}
    assert {name for name in modules() if name.count(".") == 1 and name[:4] == "sim."} <= drawn


def test_every_module_stands_on_a_floor():
    assert {name for name in modules() if name_in_drawing(name, FLOORS) is None} == set()


def test_no_import_goes_up():
    found = set(imports(*PACKAGES))
    assert len(found) > 500
    assert against_the_drawing(found, FLOORS) == []


def test_the_contract_has_the_floors_of_the_drawing():
    drawn = [
        {name.removeprefix("sim.") for name in floor.names}
        for floor in FLOORS
        if all(name.startswith("sim.") for name in floor.names)
    ]
    there = {name.removeprefix("sim.") for name in modules()}
    layers = [
        {name.strip("() ") for name in layer.replace(":", "|").split("|")} & there
        for layer in SIMULATOR["layers"]
    ]
    assert [layer for layer in layers if layer] == drawn


@pytest.mark.parametrize(
    ("importer", "imported", "is_wrong"),
    [
        ("house.roof.tiles", "house.wall", False),
        ("house.wall", "house.roof.tiles", True),
        ("house.wall.left", "house.door", True),
        ("house.wall.left", "house.wall.right", False),
        ("house.sand", "house.stone", False),
        ("house", "house.sand", False),
        ("house.sand", "house", True),
    ],
)
def test_an_import_that_goes_up_or_sideways_is_found(importer, imported, is_wrong):
    page = """## Floors

```text
house                     the face
house.roof                tiles
house.wall | house.door   know nothing of each other
house.sand, house.stone   may
```
"""
    floors = read_drawing(page)
    assert floors[2] == Floor(("house.wall", "house.door"), independent=True)
    assert bool(against_the_drawing({(importer, imported)}, floors)) == is_wrong


def test_all_contracts_on_imports_are_kept():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "hidden",
    [
        "def late():\n    from house import roof\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house import roof\n",
    ],
    ids=["inside a function", "under TYPE_CHECKING"],
)
def test_a_hidden_import_counts_when_circles_are_looked_for(hidden, tmp_path):
    contract = next(one for one in CONTRACTS if one["type"] == "acyclic_siblings")
    without_types = str(SETTINGS["exclude_type_checking_imports"]).lower()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["house"]\n'
        f"exclude_type_checking_imports = {without_types}\n"
        f'[[tool.importlinter.contracts]]\nname = "circles"\ntype = "{contract["type"]}"\n'
        'ancestors = ["house"]\n'
    )
    house = tmp_path / "house"
    house.mkdir()
    (house / "__init__.py").touch()
    (house / "roof.py").write_text("from house import wall\n")
    (house / "wall.py").touch()
    assert lint(tmp_path).returncode == 0
    (house / "wall.py").write_text(hidden)
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "No cycles are allowed in house" in done.stdout
