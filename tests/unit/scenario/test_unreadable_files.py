"""A file that is no scenario at all is refused with a reason, and without reading what is large."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.reading.composing import DEPTH, NODES
from sim.reading.yaml_files import files_in
from sim.scenario.reader import read

BASE = Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")


def message(path: object) -> str:
    with pytest.raises(ScenarioError) as raised:
        read(path)
    return str(raised.value)


CONTENTS = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "only a comment": (b"# nothing\n", "1:1\n  holds no scenario"),
    "null": (b"null\n", "1:1\n  holds no scenario"),
    "a byte-order mark alone": (b"\xef\xbb\xbf", "1:1\n  holds no scenario"),
    "a single word": (b"hello\n", "1:1  'hello'\n  must be a mapping"),
    "a list": (b"- a\n- b\n", "1:1  [list of 2]\n  must be a mapping"),
    "a value with its source": (b"value: 3\nsource: x\n", "1:1\n  must be a mapping"),
    "an empty mapping": (b"{}", "name\n  is missing"),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0\0", "is a binary file"),
    "a NUL after much text": (b"#" * 9000 + b"\n\0", "2:1\n  the character U+0000"),
    "latin-1": ("name: x\ntitle: Über".encode("latin-1"), "2:8\n  the byte 0xDC is not UTF-8"),
    "UTF-16": ("name: x".encode("utf-16"), "is UTF-16 text"),
    "not YAML": (b"}{", "1:1\n  "),
    "only a quote": (b"'", "never closed"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content_that_is_no_scenario_is_named_for_what_it_is(name, tmp_path):
    content, told = CONTENTS[name]
    file = tmp_path / "war.yaml"
    file.write_bytes(content)
    assert message(file).startswith(str(file))
    assert told in message(file)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path):
    file = tmp_path / "war.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    assert read(file) == read(Path(__file__).with_name("base.yaml"))


def test_a_missing_file_names_its_nearest_neighbour(tmp_path):
    (tmp_path / "my-war.yaml").write_text("name: x", encoding="utf-8")
    assert "no such file.  Did you mean 'my-war.yaml'?" in message(tmp_path / "my-wra.yaml")


def test_a_missing_name_lists_the_shipped_scenarios():
    assert "Did you mean 'minimal'?" in message("minimall")
    assert "Shipped scenarios: " in message("qqqq")


def test_a_folder_names_the_scenarios_in_it(tmp_path):
    (tmp_path / "a.yaml").write_text("name: x", encoding="utf-8")
    assert "is a folder.  Scenarios in it: a." in message(tmp_path)


def test_a_file_without_permission_says_so(tmp_path, monkeypatch):
    file = tmp_path / "war.yaml"
    file.write_text(BASE, encoding="utf-8")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "may not be read: permission denied" in message(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_chmod_closed_says_so(tmp_path):
    file = tmp_path / "war.yaml"
    file.write_text(BASE, encoding="utf-8")
    file.chmod(0)
    assert "may not be read: permission denied" in message(file)


@pytest.mark.parametrize("name", ["a\0b.yaml", "a" * 5000 + ".yaml", "a" * 5000])
def test_an_impossible_file_name_is_refused(name):
    assert "cannot be opened" in message(name)


def test_links_that_lead_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert "cannot be opened: Too many levels of symbolic links" in message(tmp_path / "a.yaml")


def test_a_file_in_a_missing_folder_names_a_shipped_scenario(tmp_path):
    assert "Did you mean 'minimal'?" in message(tmp_path / "nowhere" / "minimal.yaml")


def test_a_folder_that_is_not_there_holds_no_scenarios(tmp_path):
    assert files_in(tmp_path / "nowhere") == {}


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    assert "is not a regular file" in message(pipe)


def test_a_file_of_100_mb_is_refused_by_its_size_alone(tmp_path):
    file = tmp_path / "war.yaml"
    with file.open("wb") as sparse:
        sparse.truncate(100_000_000)
    tracemalloc.start()
    try:
        assert "at most 1 MB; this one has 100.0 MB" in message(file)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_an_alias_bomb_is_refused_before_it_is_expanded(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    file = tmp_path / "war.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert f"at most {NODES:,} values" in message(file)  # expanded it would never end


def test_deep_nesting_is_refused_whether_written_or_made_of_aliases(tmp_path):
    file = tmp_path / "war.yaml"
    file.write_text("[" * 20_000, encoding="utf-8")
    assert f"nest at most {DEPTH} deep" in message(file)
    chain = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 2000)]
    file.write_text("\n".join(chain), encoding="utf-8")
    assert f"nest at most {DEPTH} deep" in message(file)
