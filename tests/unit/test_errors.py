"""Errors carry what a caller needs, across processes too."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path

import pytest

from sim import errors
from sim.data.accelerators import accelerator
from sim.nearest import nearest, one_of

PACKAGES = [Path(errors.__file__).parents[1] / name for name in ("pricewar", "sim", "analysis")]


def drawn_bases() -> dict[str, str]:
    """Error to base, as drawn in the docstring; what stands further right is below."""
    bases: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"[ |]*(?:\+-- )?(?=[A-Z]\w+ {2,}\S)", line):
            column, name = match.end(), line[match.end() :].split()[0]
            above = [(left, other) for left, other in above if left < column]
            bases[name] = above[-1][1] if above else "Exception"
            above.append((column, name))
    return bases


def defined_bases() -> dict[str, str]:
    """Error to base of every class below PricewarError, read from the sources: no torch needed."""
    derived = [
        (node.name, ast.unparse(base).rpartition(".")[2])
        for package in PACKAGES
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    ]
    found = {"PricewarError": "Exception"}
    while more := {name: base for name, base in derived if base in found and name not in found}:
        found |= more
    return found


def test_the_tree_drawn_is_the_tree_of_all_errors_of_the_three_packages():
    assert drawn_bases() == defined_bases()


def test_every_error_of_the_errors_module_is_a_pricewar_error():
    tree = [thing for thing in vars(errors).values() if isinstance(thing, type)]
    loud = [kind for kind in tree if issubclass(kind, Exception)]
    raised = [kind for kind in loud if not issubclass(kind, Warning)]
    assert len(raised) >= 7
    assert all(issubclass(kind, errors.PricewarError) for kind in raised)


def test_a_scenario_error_keeps_its_problems_between_processes():
    problem = errors.Problem("a.yaml", 3, 5, "seed", "-1", "must be >= 0.", "Try 1.")
    again = pickle.loads(pickle.dumps(errors.ScenarioError([problem, problem])))  # noqa: S301
    assert again.problems == (problem, problem)
    assert str(again).splitlines()[:2] == ["a.yaml:3:5  seed = -1", "  must be >= 0.  Try 1."]


def test_an_unknown_name_keeps_the_names_known_between_processes():
    error = errors.UnknownName("chip", "H8O0", ["H100", "H800"])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (again.kind, again.name, again.known) == ("chip", "H8O0", ("H100", "H800"))
    assert str(again) == "unknown chip 'H8O0'.  Did you mean 'H800'?"


def test_an_unknown_name_like_no_other_lists_all():
    assert str(errors.UnknownName("chip", "x", ["b", "a"])) == "unknown chip 'x'.  Known: a, b."


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("glm3-turbo", "glm-3-turbo"),
        ("ZHIPU", "Zhipu"),
        ("awq", "AWQ 4-bit"),
        ("q", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_the_nearest_name_is_found_or_none_is_invented(name, found):
    assert nearest(name, ["glm-3-turbo", "Zhipu", "AWQ 4-bit and more", "AWQ 4-bit"]) == found


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("H100", ["H100 PCIe 80GB", "H100 SXM5 80GB", "H200", "H20"], "H100 SXM5 80GB"),
        ("h100-sxm", ["H100 PCIe 80GB", "H100 SXM5 80GB", "H200 SXM 141GB"], "H100 SXM5 80GB"),
        ("A100", ["A10", "A10G", "A100 SXM4 40GB", "A100 SXM4 80GB"], "A100 SXM4 80GB"),
        ("deepseek", ["DeepSeek-V2", "DeepSeek-Coder", "deepsek"], "DeepSeek-V2"),
        ("adopter", ["adopters_share", "adopted", "adopters"], "adopters"),
        ("adoptres", ["adopters_share", "adopters"], "adopters"),
        ("GPT4", ["GPT-4", "GPT-4 Turbo", "GPT-5"], "GPT-4"),
        ("share", ["users_share"], "users_share"),
    ],
)
def test_a_name_that_begins_so_comes_before_one_with_other_letters(name, known, found):
    assert nearest(name, known) == found
    assert nearest(name, known[::-1]) == found


def test_the_table_of_accelerators_understands_short_names():
    with pytest.raises(errors.UnknownName, match="Did you mean 'H100 SXM5 80GB'"):
        accelerator("H100")


def test_a_long_list_of_names_is_cut_short():
    assert one_of([str(n) for n in range(20)]).endswith("10, 11 and 8 more")
    assert one_of([]) == "none"
