"""The documentation is executed: its files, commands, links, names, defaults and examples."""

import argparse
import doctest
import functools
import importlib
import re
import shlex
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from analysis.backtests.case import CaseFolder
from analysis.estimation.reading import read_task
from analysis.whatif.choices import options_of
from pricewar.cli.commands import COMMANDS
from pricewar.cli.main import main
from sim.batch.design_file import read_design
from sim.reading.choice import OpenChoice
from sim.reference import read
from sim.scenario.file_keys import ShorthandProduct
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import shipped, shipped_sweeps

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
TABLE = ROOT / "sim" / "data" / "tables" / "llm_api_prices.csv"
GUIDE = PAGES["docs/scenarios.md"]
MODEL = PAGES["docs/model.md"]


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def blocks(language: str) -> list[Block]:
    pattern = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [
        Block(page, language, text)
        for page, content in PAGES.items()
        for text in pattern.findall(content)
    ]


def words(page: str) -> list[str]:
    """What stands in backquotes in the running text of a page."""
    prose = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


# -------------------------------------------------------------------------------- scenario files

DESIGNS = [
    block.text for block in blocks("yaml") if re.search(r"^kind: ", block.text, re.MULTILINE)
]
GRIDS = [
    block.text for block in blocks("yaml") if re.search(r"^measured:", block.text, re.MULTILINE)
]
"""Grids of compression: `tests/compression` reads them, for that needs the extra."""
CASES = [block.text for block in blocks("yaml") if re.search(r"^origin:", block.text, re.MULTILINE)]
CALIBRATIONS = [
    block.text for block in blocks("yaml") if re.search(r"^cut:", block.text, re.MULTILINE)
]
NAMED = re.compile(r"# ([\w-]+\.yaml)\n")
FILES = {
    found[1]: block.text
    for block in blocks("yaml")
    if (found := NAMED.match(block.text)) is not None
}
MODULES = {
    found[1]: block.text
    for block in blocks("python")
    if (found := re.match(r"# (\w+\.py)\n", block.text)) is not None
}
"""Policies that those files name."""
CHANGES = [
    block.text
    for block in blocks("yaml")
    if not NAMED.match(block.text) and block.text not in (*DESIGNS, *GRIDS, *CASES, *CALIBRATIONS)
]
DIALOGUES = [block.text for block in blocks("console")]
REFUSED = {
    file
    for file in FILES
    if any(f"\n{file}: valid." not in t for t in DIALOGUES if f"check {file}" in t)
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the complete files of the documentation."""
    for name, text in (*FILES.items(), *MODULES.items()):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "my-tables").mkdir()
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    mine = f"{lines[0]}\n{lines[1].replace('OpenAI', 'My provider')}\n"
    (tmp_path / "my-tables" / TABLE.name).write_text(mine, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", sorted(FILES.keys() - REFUSED))
def test_a_complete_file_of_the_documentation_is_a_scenario(name: str, folder: Path) -> None:
    assert read(folder / name, allow_code=True).files[0].name == name


@pytest.mark.parametrize("text", DESIGNS, ids=lambda text: text.partition("\n")[0])
def test_a_design_of_the_documentation_is_one(text: str, folder: Path) -> None:
    (folder / "design.yaml").write_text(text, encoding="utf-8")
    space = read_design(folder / "design.yaml")
    assert space.accepts(next(space.design.blocks(space.axes))[0]) in (True, False)


@pytest.mark.parametrize("text", CASES, ids=lambda text: text.partition("\n")[0])
def test_a_case_of_the_documentation_is_one(text: str, folder: Path) -> None:
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    assert CaseFolder.read(str(folder)).case.targets


@pytest.mark.parametrize("text", CALIBRATIONS, ids=lambda text: text.partition("\n")[0])
def test_a_calibration_of_the_documentation_is_one(text: str, folder: Path) -> None:
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    assert read_task(folder / "mine.yaml").moments


@pytest.mark.parametrize("change", CHANGES, ids=lambda text: text.partition(":")[0])
def test_a_change_of_the_documentation_may_stand_below_extends_minimal(
    change: str, folder: Path
) -> None:
    (folder / "change.yaml").write_text(f"extends: minimal\n{change}", encoding="utf-8")
    assert read("change.yaml").name == "minimal"


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda text: text.partition("\n")[0])
def test_the_command_line_answers_as_the_documentation_prints(
    dialogue: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for exchange in re.split(r"^\$ ", dialogue, flags=re.MULTILINE)[1:]:
        command, _, printed = exchange.partition("\n")
        main(shlex.split(command)[1:])
        said = "".join(capsys.readouterr())
        assert doctest.OutputChecker().check_output(printed, said, doctest.ELLIPSIS), said


# -------------------------------------------------------------------------------------- commands


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every ``pricewar ...`` of a shell block, or of a shipped scenario's head, with its place."""
    texts = [(block.page, block.text) for block in blocks("sh")]
    for path in shipped().values():
        head = path.read_text(encoding="utf-8")
        texts.append((path.name, "\n".join(re.findall(r"^# +(pricewar .*)$", head, re.MULTILINE))))
    for place, text in texts:
        for line in text.splitlines():
            for part in re.split(r"&&|\|", line):
                arguments = shlex.split(part, comments=True)
                if arguments[:1] == ["pricewar"]:
                    yield place, tuple(arguments[1:])


@pytest.mark.parametrize(("place", "arguments"), sorted(set(commands())), ids=" ".join)
def test_a_command_of_the_documentation_is_understood(
    place: str, arguments: tuple[str, ...], folder: Path
) -> None:
    module = importlib.import_module(COMMANDS[arguments[0]].module)
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    module.add_arguments(parser)
    parsed = parser.parse_args(arguments[1:])
    assert isinstance(parsed, argparse.Namespace)
    for scenario in (getattr(parsed, "scenario", None), *getattr(parsed, "files", ())):
        if scenario in FILES or scenario in shipped():
            asked = getattr(parsed, "do", ())
            for option in options_of(asked).values() if arguments[0] == "whatif" else (asked,):
                found = read(scenario, parsed.overrides, do=option, allow_code=parsed.allow_code)
                assert found.products


def test_commands_named_in_the_text_exist() -> None:
    named = {
        word.split()[1] for page in PAGES for word in words(page) if word.startswith("pricewar ")
    }
    assert named - {"COMMAND"} <= COMMANDS.keys()


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.page)
def test_python_of_the_documentation_compiles_and_uses_public_names(block: Block) -> None:
    import sim

    compile(block.text, block.page, "exec")
    called = re.sub(r"^from .*$", "", block.text, flags=re.MULTILINE)
    assert set(re.findall(r"\bsim\.(\w+)", called)) <= set(sim.__all__)


@pytest.mark.parametrize("block", blocks("pycon"), ids=lambda block: block.page)
def test_a_python_dialogue_of_the_documentation_is_true(block: Block, folder: Path) -> None:
    example = doctest.DocTestParser().get_doctest(block.text, {}, block.page, None, None)
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0


# ----------------------------------------------------------------------------------------- links


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_of_a_page_leads_to_a_file(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", PAGES[page])
    missing = [target for target in targets if not ((ROOT / page).parent / target).exists()]
    assert not missing


# ----------------------------------------------------------------------------------------- names


def test_every_path_of_the_project_that_a_page_cites_exists() -> None:
    cited = {
        (page, word)
        for page in PAGES
        for word in words(page)
        if re.fullmatch(r"(pricewar|sim|analysis|tests|docs|scenarios)/[\w./*-]*", word)
    }
    assert {(page, word) for page, word in cited if not list(ROOT.glob(word.rstrip("/")))} == set()


ROOMS = re.findall(
    r"^\| (`(?:sim|analysis|pricewar)[^|]*) \| (.+) \|$",
    PAGES["docs/architecture.md"],
    re.MULTILINE,
)


@pytest.mark.parametrize(("room", "text"), ROOMS, ids=lambda text: text.partition(",")[0])
def test_every_noun_of_a_room_is_a_file_or_a_folder_there(room: str, text: str) -> None:
    paths = [ROOT / path for path in re.findall(r"`([^`]+)`", room)]
    folders = {path if path.is_dir() else path.parent for path in paths}
    there = {path.stem for folder in folders for path in folder.rglob("*") if path.suffix != ".pyc"}
    assert set(re.findall(r"`([a-z_]+)/?`", text)) <= there


def test_the_readme_lists_every_scenario_and_design_that_ships() -> None:
    page = PAGES["README.md"]
    listed = {
        command: re.findall(
            r"^\| `([\w-]+)` \|", page.partition(f"| `{command}` |")[2].partition("\n\n")[0], re.M
        )
        for command in ("pricewar run", "pricewar sweep")
    }
    assert sorted(listed["pricewar run"]) == sorted(shipped())
    assert sorted(listed["pricewar sweep"]) == sorted(shipped_sweeps())


def test_sections_of_the_model_are_numbered_in_order_and_those_cited_exist() -> None:
    numbers = [int(number) for number in re.findall(r"^### 7\.(\d+) ", MODEL, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    cited = re.findall(r"(?<![\d.])7\.(\d+)(?=[,;)])", MODEL)
    assert {int(number) for number in cited} <= set(numbers)


def test_every_test_that_the_model_cites_exists() -> None:
    known = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in (
            path.stem,
            path.name,
            *re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M),
        )
    }
    cited = {word for word in words("docs/model.md") if re.fullmatch(r"test_\w+(\.py)?", word)}
    assert cited <= known


def test_every_python_name_that_a_page_cites_exists() -> None:
    cited = {
        word
        for page in PAGES
        for word in words(page)
        if re.fullmatch(r"(sim|analysis)(\.\w+)+(\(\))?", word)
    }
    assert len(cited) > 10
    missing = {name for name in cited if resolved(name.removesuffix("()")) is None}
    assert not missing


def resolved(name: str) -> Any:
    """What a dotted name stands for, in the innermost module that it leads to; None if nothing."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return functools.reduce(lambda at, part: getattr(at, part, None), parts[length:], found)
    return None


# ---------------------------------------------------------------------------------------- fields


def records_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Every kind of record that an annotation admits."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    parts = annotation.known if isinstance(annotation, OpenChoice) else typing.get_args(annotation)
    for part in parts:
        yield from records_in(part)


def fields_at(path: str) -> list[FieldInfo]:
    """Fields of scenario records at a path such as ``providers[].war.depth_share``, if any."""
    records: list[type[BaseModel]] = [Scenario]
    found: list[FieldInfo] = []
    for step in path.replace("[]", "").split("."):
        found = [record.model_fields[step] for record in records if step in record.model_fields]
        records = [
            inner
            for field in found
            for part in (field.annotation, *field.metadata)
            for inner in records_in(part)
        ]
        if step == "products":
            records.append(ShorthandProduct)
    return found


PATH = re.compile(r"([a-z_]+)(\[\])?(\.[a-z_]+(\[\])?)*")


def test_every_scenario_path_that_a_page_cites_exists() -> None:
    cited = {
        (page, word)
        for page in PAGES
        for word in words(page)
        if (found := PATH.fullmatch(word))
        and found[1] in Scenario.model_fields
        and ("." in word or "[]" in word)
    }
    assert cited
    assert {(page, word) for page, word in cited if not fields_at(word)} == set()


DEFAULTS = re.findall(r"^\| `([a-z][\w.\[\]]+)` \| ([^|]+) \|", MODEL, re.MULTILINE)


@pytest.mark.parametrize(("path", "printed"), DEFAULTS, ids=str)
def test_the_model_prints_the_defaults_of_the_schema(path: str, printed: str) -> None:
    printed = printed.strip()
    if path.startswith("sim."):
        assert float(printed) == resolved(path)
        return
    fields = fields_at(path)
    assert fields
    if printed == "required":
        assert any(field.is_required() for field in fields)
        return
    defaults = [
        ", ".join(field.default) if isinstance(field.default, tuple) else field.default
        for field in fields
        if not field.is_required()
    ]
    if printed in ("none", "true", "false"):
        assert {"none": None, "true": True, "false": False}[printed] in defaults
    elif re.match(r"[-\d.]", printed):
        value, _, divisor = printed.partition("/")
        expected = float(value) / float(divisor or 1)
        assert pytest.approx(expected, rel=1e-9) in defaults
    else:
        assert printed in defaults


# -------------------------------------------------------------------------------------- examples


def modules_with_examples() -> list[str]:
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in ("pricewar", "sim", "analysis")
        for path in sorted((ROOT / package).rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of_a_docstring_are_true(name: str, folder: Path) -> None:
    result = doctest.testmod(
        importlib.import_module(name),
        optionflags=doctest.ELLIPSIS,
        extraglobs={"folder": folder / "run"},
    )
    assert result.failed == 0
