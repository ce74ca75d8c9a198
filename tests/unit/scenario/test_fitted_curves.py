"""A scenario that names a file of fitted curves: read with it, complete once resolved."""

from functools import cache
from pathlib import Path

import pytest
from made_measurements import made_rows

from analysis.compression.fitting.curves_file import write_curves
from analysis.compression.fitting.fit import FIT, fit_curves
from sim.compression.curves import CompressionCurves, Estimate
from sim.compression.recipe_book import RecipeBook
from sim.compression.recipes import Recipe
from sim.compression.state import CompressionState
from sim.data.published_compression import published_rows
from sim.errors import ScenarioError
from sim.scenario.reader import read
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Architecture, CompressionProject
from sim.scenario.writer import scenario_hash, to_yaml

PROJECT = """
extends: minimal
compression: {curves_from: my_curves.yaml}
providers:
  - name: Zhipu
    compression:
      - {product: glm-4, start_date: 2024-05-01, method: "gptq_per_group:4"}
"""


@cache
def fitted(seed: int = 1) -> CompressionCurves:
    return fit_curves(made_rows(seed), published_rows()).curves


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_curves(fitted(), tmp_path / "my_measured.csv")
    path = tmp_path / "war.yaml"
    path.write_text(PROJECT, encoding="utf-8")
    return path


def refused(path: Path, overrides: tuple[str, ...] = ()) -> str:
    with pytest.raises(ScenarioError) as error:
        read(path, overrides)
    return str(error.value)


def rewritten(file: Path, old: str, new: str) -> Path:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return file


def project_of(loaded: Scenario):
    provider = next(p for p in loaded.providers if p.name == "Zhipu")
    (project,) = provider.compression
    architecture = next(p for p in loaded.products if p.name == "glm-4").architecture
    return project, architecture


def recipe_of(book: RecipeBook, project: CompressionProject, architecture: Architecture) -> Recipe:
    return book.recipe(
        project.method,
        project.accuracy_weight,
        architecture.parameters_billion,
        CompressionState(16.0),
    )


def test_the_curves_of_the_file_stand_in_the_scenario_with_their_source(file):
    loaded = read(file)
    assert loaded.compression.curves == fitted()
    assert loaded.compression.shipped_sha256 is None
    source = loaded.provenance["compression.curves.table_sha256"]
    assert source.source == "table of measurements: my_measured.csv"
    assert source.value == fitted().table_sha256
    assert f"version {FIT} of the fit" in source.note


def test_curves_keep_every_digit_on_their_way_through_a_file(file):
    third = Estimate(best=1.0 / 3.0, low=1e-7 / 3.0, high=0.1 + 0.2)
    exact = fitted().model_copy(update={"stacking": third, "capability_residual_sd": 1e-9 / 7.0})
    write_curves(exact, file.with_name("my.csv"))
    assert read(file).compression.curves == exact


def test_a_resolved_scenario_needs_the_file_no_more(file):
    loaded = read(file)
    resolved = file.with_name("resolved.yaml")
    resolved.write_text(to_yaml(loaded), encoding="utf-8")
    file.with_name("my_curves.yaml").unlink()
    again = read(resolved)
    assert again == loaded
    assert again.provenance == loaded.provenance
    assert scenario_hash(again) == scenario_hash(loaded)


def test_the_hash_is_of_the_curves_and_not_of_the_name_of_their_file(file):
    before = scenario_hash(read(file))
    file.with_name("my_curves.yaml").rename(file.with_name("other_curves.yaml"))
    assert scenario_hash(read(rewritten(file, "my_c", "other_c"))) == before
    write_curves(fitted(seed=2), file.with_name("other.csv"))
    assert scenario_hash(read(file)) != before


def test_curves_lie_beside_the_file_that_names_them(file, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    child = tmp_path / "elsewhere" / "child.yaml"
    child.write_text("extends: ../war.yaml\n", encoding="utf-8")
    monkeypatch.chdir("/")
    assert read(child).compression.curves is not None
    monkeypatch.chdir(tmp_path)
    named = read("minimal", ["compression.curves_from=my_curves.yaml"])
    assert named.compression.curves is not None


def test_a_mistake_in_the_file_is_told_with_its_place_there(file):
    curves = file.with_name("my_curves.yaml")
    lines = curves.read_text(encoding="utf-8").splitlines()
    line = next(i for i, text in enumerate(lines) if "largest_billion:" in text)
    lines[line] = lines[line].partition(":")[0] + ": -5"
    curves.write_text("\n".join(lines) + "\n", encoding="utf-8")
    message = refused(file)
    assert f"my_curves.yaml:{line + 1}:" in message
    assert "compression.curves.groups[0].largest_billion = -5" in message
    assert "must be a number > 0" in message


@pytest.mark.parametrize("name", ["my_measured.csv", "MY.CSV"])
def test_a_table_of_measurements_is_refused_with_the_command_that_fits_curves_to_it(file, name):
    file.with_name(name).write_text("run_id,model\na,b\n", encoding="utf-8")
    message = refused(rewritten(file, "my_curves.yaml", name))
    assert f"war.yaml:3:28  compression.curves_from = '{name}'" in message
    assert "is a table, not fitted curves" in message
    assert f"`pricewar calibrate compression --fit {name}`" in message


@pytest.mark.parametrize("text", ["", "just a line\n", "name: a scenario\n"])
def test_a_file_without_curves_is_refused(file, text):
    file.with_name("my_curves.yaml").write_text(text, encoding="utf-8")
    assert "holds no compression curves" in refused(file)


def test_a_file_that_cannot_be_read_is_refused(file):
    curves = file.with_name("my_curves.yaml")
    curves.write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in refused(file)
    curves.rename(file.with_name("my_curve.yaml"))
    message = refused(file)
    assert "there is no such file" in message
    assert "Did you mean 'my_curve.yaml'?" in message
    curves.mkdir()
    assert "is a folder" in refused(file)


def test_a_number_is_no_file(file):
    assert "must be the path of a file of fitted curves" in refused(
        rewritten(file, "my_curves.yaml", "5")
    )


def test_a_file_of_curves_and_curves_exclude_each_other(file):
    both = "{curves_from: my_curves.yaml, shipped_sha256: x}"
    assert "duplicates curves_from" in refused(
        rewritten(file, "{curves_from: my_curves.yaml}", both)
    )


def test_curves_from_a_file_replace_those_of_what_a_file_extends(file):
    loaded = read(file)
    base = file.with_name("base.yaml")
    base.write_text(to_yaml(loaded), encoding="utf-8")
    write_curves(fitted(seed=2), file.with_name("new.csv"))
    child = file.with_name("child.yaml")
    child.write_text(
        "extends: base.yaml\ncompression: {curves_from: new_curves.yaml}\n", encoding="utf-8"
    )
    assert read(child).compression.curves == fitted(seed=2)


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("gptq_per_grup:4", "Did you mean 'gptq_per_group'?"),
        ("gptq_per_group:7", "Did you mean 'gptq_per_group:"),
        ("kmeans:4", "'kmeans' is not a compression method"),
        ("gptq_per_group:4+nf4:4", "sets the bits of weights twice"),
    ],
)
def test_a_recipe_that_the_curves_do_not_know_is_refused(file, recipe, reason):
    message = refused(rewritten(file, "gptq_per_group:4", recipe))
    assert "war.yaml:7:" in message
    assert reason in message


@pytest.mark.parametrize("recipe", ["gptq_per_group", "activation_aware:0.5+gptq_per_group:4"])
def test_a_method_alone_and_a_stack_are_recipes(file, recipe):
    loaded = read(rewritten(file, "gptq_per_group:4", recipe))
    project, architecture = project_of(loaded)
    chosen = recipe_of(RecipeBook(loaded.compression.curves), project, architecture)
    assert chosen.name.startswith(recipe)


def test_without_a_method_the_accuracy_weight_chooses_from_all(file):
    loaded = read(rewritten(file, ', method: "gptq_per_group:4"', ""))
    project, architecture = project_of(loaded)
    book = RecipeBook(loaded.compression.curves)
    small, good = (
        recipe_of(book, project.model_copy(update={"accuracy_weight": weight}), architecture)
        for weight in (0.05, 0.95)
    )
    assert small.keep_bytes_share < good.keep_bytes_share
    assert small.nats > good.nats
