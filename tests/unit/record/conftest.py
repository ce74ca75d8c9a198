"""A small made-up run and a small made-up sweep, on disk."""

import datetime as dt

import pyarrow as pa
import pytest
from made_rows import made

from sim.record.recorder import Recorder
from sim.record.rows import MarketRows, ProductRows
from sim.record.run_folder import RunFolder
from sim.record.shard import RunTables, shard_files
from sim.record.sweep_folder import SweepFolder
from sim.record.tables import SCHEMAS

START = dt.date(2024, 4, 1)
WEEKS = (7.0, 14.0, 35.0)


def tables(replication):
    recorder = Recorder(replication, START)
    for time_days in WEEKS:
        recorder.extend(time_days, made(MarketRows, adopters_share=time_days / 100 + replication))
        products = made(
            ProductRows, product=["豆包", "=1+1"], provider=["ByteDance", None],
            listed=[True, False], price_usd_per_mtok=[0.1 + replication, 1 / 3], users=[None, 1e12],
        )  # fmt: skip
        recorder.extend(time_days, products)
    return recorder.tables()


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    parts = [tables(replication) for replication in (0, 1)]
    RunFolder(path).write(
        "name: test\n",
        {name: [part[name] for part in parts] for name in SCHEMAS},
        {
            "scenario": "test", "scenario_sha256": "0" * 64, "seed": 3, "complete": False,
            "finished": [0, 1], "planned": 4,
            "failures": [{"replication": 2, "stage": "run", "message": "no"}],
        },
    )  # fmt: skip
    return path


@pytest.fixture
def sweep(tmp_path):
    folder = SweepFolder(tmp_path / "sweep")
    folder.path.mkdir()
    runs = [f"{point:031d}f" for point in (0, 1)]
    columns = {
        "run_id": runs, "point": [0, 1], "replication": [0, 0], "block": [0, 1], "step": [0, 0],
        "scenario_sha256": ["a", "b"], 'depth "x"': [0.1, 0.2], "day": [START, START],
    }  # fmt: skip
    folder.write_plan(pa.table(columns).replace_schema_metadata({"pricewar": "{}"}))
    folder.write_record("sweep.json", {"name": "test", "format": 2})
    done = [RunTables(run_id, 0.5, tables(0)) for run_id in runs]
    folder.shelf().put("0001", shard_files(done), lambda: True)
    return folder.path


@pytest.fixture(params=["run", "sweep"])
def folder(request):
    return request.getfixturevalue(request.param)
