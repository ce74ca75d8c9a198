"""Whatever stands in a file, the reader refuses it in its own words or reads what it says."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.errors import ScenarioError
from sim.reading.scalars import BadScalarError, resolve
from sim.scenario.dialect import SCENARIO
from sim.scenario.reader import read
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import shipped
from sim.scenario.writer import to_yaml

BASE = Path(__file__).parents[1] / "unit" / "scenario" / "base.yaml"
TEXT = BASE.read_bytes()
TREE = json.loads(json.dumps(YAML(typ="safe").load(BASE), default=dt.date.isoformat))
SHORTHANDS = ("price_cny_per_mtok", "price_from_data", "capability_from_data", "extends", "size")
WITH_LIBRARY = ("domains", "products")

fast = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Reading the base file takes some 30 ms."""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "war.yaml"


def attempt(file: Path, content: bytes) -> Scenario | None:
    """Read content as a file; any error but a ScenarioError with a place fails the test."""
    file.write_bytes(content)
    try:
        return read(file)
    except ScenarioError as error:
        problems = error.problems
    assert problems
    assert all(problem.file == str(file) and problem.allowed for problem in problems)
    return None


def keys() -> list[str]:
    """All words of the vocabulary."""
    schema = SCENARIO.schema
    records = [schema, *schema["$defs"].values()]
    return sorted({key for record in records for key in record.get("properties", ())})


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.dates().map(str)
    | st.sampled_from(["Zhipu", "glm-4", "H20", "north", "assumption", "replay", "minimal", "[]"])
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*keys(), "value", "source", "remove"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
@example(b"%YAML 1.2\n")
@example(b"--- |\n")
def test_any_bytes_are_refused_in_words(file, content):
    assert attempt(file, content) is None


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="abn:-?,[]{}#&*!|>'\"%@`\\ \t\n\r\x85\u2028.0123456789eEyY~<=", max_size=120)
)
@example("? ")
@example("- - - ? - :")
@example("a: !<")
@example("&a")
@example('"\\U00110000"')
@example("*")
def test_any_text_of_yaml_signs_is_refused_in_words(file, text):
    assert attempt(file, text.encode()) is None


@fast
@given(trees)
def test_any_tree_of_known_words_is_refused_in_words(file, tree):
    scenario = attempt(file, json.dumps(tree).encode())
    assert scenario is None or scenario.products


def leaves(node: object, path: tuple = ()) -> Iterator[tuple[tuple, object]]:
    if isinstance(node, dict | list):
        steps = node.items() if isinstance(node, dict) else enumerate(node)
        for step, child in steps:
            yield from leaves(child, (*path, step))
        if not node:
            yield path, node
    else:
        yield path, node


PATHS = [path for path, _ in leaves(TREE)]


@st.composite
def changed_trees(draw):
    """The base file's tree with up to three subtrees replaced, added or removed."""
    tree = copy.deepcopy(TREE)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PATHS))
        path = path[: draw(st.integers(1, len(path)))]
        node = tree
        try:
            for step in path[:-1]:
                node = node[step]
            if draw(st.booleans()):
                node[path[-1]] = draw(trees)
            elif isinstance(node, dict) and draw(st.booleans()):
                node[draw(st.sampled_from(keys()))] = draw(scalars)
            else:
                del node[path[-1]]
        except (KeyError, IndexError, TypeError):  # an earlier change took the path away
            continue
    return tree


def said(document: object, path: tuple = ()) -> Iterator[tuple[tuple, object]]:
    """What a file says outright: values off their wrappers, shorthands and empty lists left out.

    Of an item of the library a file says the name, and the keys that it changes.
    """
    if isinstance(document, dict) and "value" in document:
        document = document["value"]
    if len(path) == 2 and path[0] in WITH_LIBRARY:
        if isinstance(document, str):
            document = {"library": document}
        if "library" in document:
            changes = {key: value for key, value in document.items() if key != "library"}
            document = {"name": document["library"], **changes}
    if isinstance(document, dict | list):
        steps = document.items() if isinstance(document, dict) else enumerate(document)
        for step, child in steps:
            if step not in SHORTHANDS:
                yield from said(child, (*path, step))
    else:
        yield path, document


def value_at(scenario: Scenario, path: tuple) -> object:
    node: object = scenario.model_dump()
    for step in path:
        node = node[step]
    return node


def assert_says(loaded: Scenario, document: object) -> None:
    for path, value in said(document):
        if "remove" in path:
            continue
        found = value_at(loaded, path)
        assert found == value
        assert isinstance(found, bool) == isinstance(value, bool)


def dated(tree: object) -> str:
    """Write a tree as YAML in which dates stand unquoted."""
    text = json.dumps(tree)
    return re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", text)


@fast
@given(changed_trees())
def test_a_changed_file_is_refused_in_words_or_says_what_is_read(file, tree):
    text = dated(tree)
    loaded = attempt(file, text.encode())
    if loaded is not None:
        assert_says(loaded, YAML(typ="safe").load(text))


@pytest.mark.parametrize("path", [BASE, *shipped().values()], ids=lambda path: path.stem)
def test_what_is_read_is_what_an_independent_reader_finds_in_the_file(path):
    document = YAML(typ="safe").load(path)
    if "extends" not in document:
        assert_says(read(path), document)


SIGNS = (
    *(b"null", b"[]", b"{}", b"-1", b"1e400", b".nan", b"true", b"'", b'"', b"\t", b"\0", b"\xff"),
    *(b"&a ", b"*dense", b"---\n", b"...\n", b"!!str ", b"? ", b": ", b"- ", b"#", b"|\n", b"\r"),
    *(b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xc2\x85", b"<<: ", b"value: ", b"\n"),
)


@st.composite
def mangled(draw):
    """The base file's text with up to four insertions, deletions and swaps of bytes."""
    content = bytearray(TEXT)
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(content) - 1))
        end = begin + draw(st.integers(0, 25))
        content[begin:end] = draw(st.sampled_from(SIGNS) | st.binary(max_size=3))
        content = content or bytearray(b" ")
    return bytes(content)


@fast
@given(mangled())
def test_a_mangled_file_is_refused_in_words_or_survives_being_written_out(file, content):
    loaded = attempt(file, content)
    if loaded is not None:
        file.write_text(to_yaml(loaded), encoding="utf-8")
        assert read(file) == loaded


paths = st.lists(
    st.sampled_from([*keys(), "[0]", "[glm-4]", "[Zhipu]", "[x]", "[", "]", "."]), max_size=4
)


@fast
@given(paths.map(".".join), st.text(max_size=8) | scalars.map(str))
def test_any_override_is_refused_in_words_or_taken(path, value):
    try:
        loaded = read(BASE, [f"{path}={value}"])
    except ScenarioError as error:
        told = bool(error.problems)
    else:
        told = isinstance(loaded, Scenario)
    assert told


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_as_itself(number):
    assert resolve(repr(number)) == number


@given(st.text(max_size=20))
def test_a_word_is_read_as_one_of_six_kinds_or_refused(text):
    try:
        value = resolve(text)
    except BadScalarError:
        return
    assert value is None or isinstance(value, bool | int | float | str | dt.date)
    assert not isinstance(value, str) or value == text
