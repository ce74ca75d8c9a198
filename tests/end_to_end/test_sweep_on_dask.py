"""A Dask cluster gives the same tables, and its deaths are survived."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import sim

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("one cluster at a time")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A scheduler and workers, each a process of its own, in a folder of their own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.processes: list[subprocess.Popen[bytes]] = []
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler = self.start_scheduler()

    def start_scheduler(self):
        return self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port))

    def start_worker(self):
        return self._start("worker", self.address, "--nworkers", "1", "--nthreads", "1")

    def _start(self, *arguments: str):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
            cwd=self.folder, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            family = (
                [process, *psutil.Process(process.pid).children(recursive=True)]
                if process.poll() is None
                else []
            )
            for member in family:
                try:
                    member.kill()
                except psutil.NoSuchProcess:
                    continue
            process.wait(30)


@pytest.fixture
def cluster(sweeper):
    """A cluster with two workers that sees nothing of the sweep's folder but by chance."""
    folder = sweeper.folder / "elsewhere"
    folder.mkdir()
    cluster = Cluster(folder, sweeper.environment)
    for _ in range(2):
        cluster.start_worker()
    yield cluster
    cluster.close()


def wait_for(condition, seconds=600.0):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.05)
    return found


def begun(folder: Path) -> bool:
    return any(not path.name.startswith(".") for path in (folder / "shards").glob("*"))


def test_a_cluster_without_a_shared_disk_delivers_the_same_tables(
    cluster, sweeper, contents, undisturbed
):
    code, said = sweeper.run("out", "--cluster", cluster.address)
    assert code == 0, said
    assert contents(sweeper.open("out")) == undisturbed(2)


def test_a_run_on_a_cluster_gives_the_tables_of_this_process(cluster, sweeper, first_point):
    code, said = sweeper.run_once("out", "--cluster", cluster.address, "--time-limit", "500")
    assert code == 0, said
    run = sim.open_run(sweeper.folder / "out")
    scenario = sim.load("minimal", overrides=first_point)
    alone = sim.run(scenario, replications=4, out=sweeper.folder / "alone", workers=1)
    assert run.manifest["tables"] == alone.manifest["tables"]


def test_workers_may_put_shards_behind_an_fsspec_address(cluster, sweeper, contents, undisturbed):
    address = f"file://{sweeper.folder / 'bucket'}"
    code, said = sweeper.run("out", "--cluster", cluster.address, "--shards", address)
    assert code == 0, said
    assert not begun(sweeper.folder / "out")
    assert any((sweeper.folder / "bucket").iterdir())
    assert contents(sweeper.open("out")) == undisturbed(2)
    code, said = sweeper.run("out", "--resume", "--serial")
    assert code == 0
    assert "0 of them executed now" in said


def test_a_dask_worker_that_is_killed_is_survived(cluster, sweeper, contents, undisturbed):
    sweeper.write(replications=4)
    process = sweeper.start("out", "--cluster", cluster.address, fault="slow:0.1")
    wait_for(lambda: begun(sweeper.folder / "out"))
    nanny = psutil.Process(cluster.processes[1].pid)
    for member in (nanny, *nanny.children(recursive=True)):
        member.kill()
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert contents(sweeper.open("out")) == undisturbed(4)


def test_a_scheduler_that_is_killed_ends_the_sweep_and_resuming_completes_it(
    cluster, sweeper, contents, undisturbed
):
    sweeper.write(replications=4)
    for process in cluster.processes[1:]:  # slow runs, so that the end does not come first
        process.kill()
    cluster.environment = {**cluster.environment, "PLANTED_FAULT": "slow:0.5"}
    cluster.start_worker()
    process = sweeper.start("out", "--cluster", cluster.address)
    wait_for(lambda: begun(sweeper.folder / "out"))
    cluster.scheduler.send_signal(signal.SIGKILL)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 2
    assert "the cluster's scheduler is gone" in errors
    assert "--resume" in errors
    assert "Traceback" not in errors
    assert 0 < sweeper.open("out").done < 24
    code, said = sweeper.run("out", "--resume", "--serial")
    assert code == 0, said
    assert contents(sweeper.open("out")) == undisturbed(4)


def test_workers_with_another_version_are_refused(sweeper):
    other = sweeper.folder / "other"
    shutil.copytree(
        Path(__file__).parents[2] / "sim", other / "sim", ignore=shutil.ignore_patterns("*.pyc")
    )
    with (other / "sim" / "units.py").open("a") as source:
        source.write("\nANOTHER = 1\n")
    environment = {**sweeper.environment, "PYTHONPATH": str(other)}
    cluster = Cluster(other, environment)
    try:
        cluster.start_worker()
        client = distributed.Client(cluster.address, timeout=600, set_as_default=False)
        client.wait_for_workers(1, timeout=600)
        client.close()
        code, said = sweeper.run("out", "--cluster", cluster.address)
    finally:
        cluster.close()
    assert code == 2
    assert "runs of different versions are never mixed" in said
    assert "Install the same pricewar on every worker" in said


def test_an_address_without_a_scheduler_is_said(sweeper, monkeypatch):
    monkeypatch.setattr("sim.batch.dask_cluster._PATIENCE_S", 1)
    from sim.batch.dask_cluster import DaskCluster
    from sim.errors import ResultError

    with pytest.raises(ResultError, match="there is no Dask scheduler"):
        DaskCluster(f"tcp://127.0.0.1:{free_port()}")


def test_a_policy_from_outside_the_package_travels_to_dask_workers(cluster, sweeper, contents):
    (sweeper.folder / "rules.py").write_text(
        "from sim.strategies.pricing.peace import PeacePricing\n\n\n"
        "class Rule(PeacePricing):\n"
        "    def propose(self, view):\n"
        "        return 2.0 * view.marginal_cost_usd_per_mtok\n",
        encoding="utf-8",
    )
    sweeper.write(1)
    with sweeper.design.open("a", encoding="utf-8") as design:
        design.write(
            "  price: {path: 'providers[Zhipu].price', values: [{policy: rules.py:Rule}]}\n"
        )
    code, said = sweeper.run("out", "--cluster", cluster.address, "--allow-code")
    assert code == 0, said
    code, said = sweeper.run("local", "--serial", "--allow-code")
    assert code == 0, said
    assert contents(sweeper.open("out")) == contents(sweeper.open("local"))
