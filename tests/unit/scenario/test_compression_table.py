"""A scenario with a table of measurements of its own: fitted when read, complete once resolved."""

from pathlib import Path

import pytest
from made_measurements import made_rows, write_table

from sim.errors import ScenarioError
from sim.providers.compression import CompressionState
from sim.providers.project import RecipeBook
from sim.scenario.compression import Compression
from sim.scenario.reader import Loaded, read
from sim.scenario.writer import scenario_hash, to_yaml
from sim.streams import Streams

PROJECT = """
extends: minimal
compression: {table: my.csv}
providers:
  - name: Zhipu
    compression:
      - {product: glm-4, start_date: 2024-05-01, method: "gptq_per_group:4"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_table(tmp_path / "my.csv", made_rows())
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


def project_of(loaded: Loaded):
    provider = next(p for p in loaded.scenario.providers if p.name == "Zhipu")
    (project,) = provider.compression
    architecture = next(p for p in loaded.scenario.products if p.name == "glm-4").architecture
    return project, architecture


def test_the_curves_of_the_table_stand_in_the_resolved_scenario(file):
    loaded = read(file)
    curves = loaded.scenario.compression.curves
    assert curves is not None
    assert {"gptq_per_group", "activation_aware"} <= {method.name for method in curves.methods}
    assert loaded.scenario.compression.shipped_sha256 is None
    source = loaded.provenance["compression.curves.table_sha256"]
    assert source.source == "table of measurements: my.csv"


def test_a_resolved_scenario_needs_the_table_no_more(file):
    loaded = read(file)
    resolved = file.with_name("resolved.yaml")
    resolved.write_text(to_yaml(loaded.scenario, loaded.provenance), encoding="utf-8")
    file.with_name("my.csv").unlink()
    again = read(resolved)
    assert again.scenario == loaded.scenario
    assert again.provenance == loaded.provenance
    assert scenario_hash(again.scenario) == scenario_hash(loaded.scenario)


def test_the_hash_is_of_what_the_table_holds_and_not_of_its_name(file):
    before = scenario_hash(read(file).scenario)
    file.with_name("my.csv").rename(file.with_name("other.csv"))
    assert scenario_hash(read(rewritten(file, "my.csv", "other.csv")).scenario) == before
    write_table(file.with_name("other.csv"), made_rows(seed=2))
    assert scenario_hash(read(file).scenario) != before


def test_a_table_lies_beside_the_file_that_names_it(file, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    child = tmp_path / "elsewhere" / "child.yaml"
    child.write_text("extends: ../war.yaml\n", encoding="utf-8")
    monkeypatch.chdir("/")
    assert read(child).scenario.compression.curves is not None
    monkeypatch.chdir(tmp_path)
    named = read("minimal", ["compression.table=my.csv"])
    assert named.scenario.compression.curves is not None


def test_a_damaged_table_is_refused_with_both_places(file):
    table = file.with_name("my.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace("gptq_per_group", "gptq")
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    message = refused(file)
    assert "war.yaml:3:22  compression.table = 'my.csv'" in message
    assert "my.csv:5  method = 'gptq' must be one of" in message


def test_a_table_that_is_not_there_is_refused(file):
    file.with_name("my.csv").unlink()
    assert "gives no compression curves" in refused(file)


def test_a_number_is_no_table(file):
    assert "must be the path of a table" in refused(rewritten(file, "my.csv", "5"))


def test_a_table_and_curves_exclude_each_other(file):
    curves = "{table: my.csv, shipped_sha256: x}"
    assert "duplicates table" in refused(rewritten(file, "{table: my.csv}", curves))


def test_a_table_takes_the_place_of_curves_in_what_a_file_extends(file):
    loaded = read(file)
    base = file.with_name("base.yaml")
    base.write_text(to_yaml(loaded.scenario), encoding="utf-8")
    write_table(file.with_name("new.csv"), made_rows(seed=2))
    child = file.with_name("child.yaml")
    child.write_text("extends: base.yaml\ncompression: {table: new.csv}\n", encoding="utf-8")
    assert read(child).scenario.compression.curves != loaded.scenario.compression.curves


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("gptq_per_grup:4", "Did you mean 'gptq_per_group'?"),
        ("gptq_per_group:7", "Did you mean 'gptq_per_group:"),
        ("kmeans:4", "'kmeans' is not a compression method"),
        ("gptq_per_group:4+nf4:4", "sets the bits of weights twice"),
    ],
)
def test_a_recipe_that_the_table_did_not_measure_is_refused(file, recipe, reason):
    message = refused(rewritten(file, "gptq_per_group:4", recipe))
    assert "war.yaml:7:" in message
    assert reason in message


@pytest.mark.parametrize("recipe", ["gptq_per_group", "activation_aware:0.5+gptq_per_group:4"])
def test_a_method_alone_and_a_stack_are_recipes(file, recipe):
    loaded = read(rewritten(file, "gptq_per_group:4", recipe))
    project, architecture = project_of(loaded)
    book = RecipeBook(loaded.scenario.compression)
    chosen = book.recipe(project, architecture, CompressionState(16.0))
    assert chosen.name.startswith(recipe)


def test_without_a_method_the_accuracy_weight_chooses_from_all(file):
    loaded = read(rewritten(file, ', method: "gptq_per_group:4"', ""))
    project, architecture = project_of(loaded)
    book = RecipeBook(loaded.scenario.compression)
    small, good = (
        book.recipe(
            project.model_copy(update={"accuracy_weight": weight}),
            architecture,
            CompressionState(16.0),
        )
        for weight in (0.05, 0.95)
    )
    assert small.keep_bytes_share < good.keep_bytes_share
    assert small.nats > good.nats


def test_sampled_curves_differ_by_replication_and_are_the_same_in_every_world(file):
    loaded = read(file, ["compression.sampled=true"])
    project, architecture = project_of(loaded)

    def nats(replication: int, compression: Compression) -> float:
        book = RecipeBook(compression, Streams(1, replication))
        return book.recipe(project, architecture, CompressionState(16.0)).nats

    compression = loaded.scenario.compression
    assert len({nats(replication, compression) for replication in range(5)}) == 5
    assert nats(3, compression) == nats(3, compression)
    best = compression.model_copy(update={"sampled": False})
    assert len({nats(replication, best) for replication in range(5)}) == 1


def test_sampled_losses_lie_around_the_best_one(file):
    loaded = read(file, ["compression.sampled=true"])
    project, architecture = project_of(loaded)
    books = [RecipeBook(loaded.scenario.compression, Streams(1, r)) for r in range(60)]
    drawn = sorted(
        book.recipe(project, architecture, CompressionState(16.0)).nats for book in books
    )
    best = RecipeBook(loaded.scenario.compression).recipe(
        project, architecture, CompressionState(16.0)
    )
    assert drawn[10] < best.nats < drawn[-10]
