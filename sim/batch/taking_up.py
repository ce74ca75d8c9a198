"""Taking up a run that is there: the same scenario, seed and program, or none of it."""

from __future__ import annotations

from sim.batch.plan import Plan
from sim.batch.run_key import code_version, run_key, scenario_key
from sim.errors import ResultError
from sim.record.catalogue import Catalogue
from sim.record.run import Run
from sim.record.run_folder import RunFolder
from sim.record.shard import shard_files
from sim.scenario.scenario import Scenario


def take_up(folder: RunFolder, scenario: Scenario) -> bool:
    """Return whether nothing is missing of a result; otherwise prepare its folder for the engine.

    Parameters
    ----------
    folder
        The folder of a run, finished or not.
    scenario
        What is to be run, with the seed and the replications that are wanted.

    Raises
    ------
    ResultError
        If the folder holds another run, or more replications than are wanted; nothing was touched.
    """
    finished = _finished(folder)
    _refuse_another(folder, scenario, finished)
    if finished is None:
        return False
    count = scenario.replications
    if len(finished.replications) > count:
        raise _refusal(folder, f"holds {len(finished.replications)} replications, not {count}")
    if finished.replications == list(range(count)):
        folder.tidy()
        return True
    _restore(folder, finished)
    return False


def can_be_continued(folder: RunFolder, scenario: Scenario) -> bool:
    """Return whether a folder holds a part of this very run, and no replication beyond it."""
    if not folder.is_run() or folder.replaced.is_dir():
        return False
    try:
        finished = _finished(folder)
        _refuse_another(folder, scenario, finished)
    except ResultError:
        return False
    return finished is None or len(finished.replications) <= scenario.replications


def _finished(folder: RunFolder) -> Run | None:
    """Open what has been joined; None if shards hold all that is known."""
    try:
        return Run(folder.path)
    except ResultError:
        if folder.unfinished.path.exists():
            return None
        raise


def _refuse_another(folder: RunFolder, scenario: Scenario, finished: Run | None) -> None:
    """Refuse a folder whose replications would not be those of this run."""
    key: str | None
    code: str | None
    if folder.unfinished.is_sweep():
        plan = Plan.of_table(folder.unfinished.read_plan())
        key, seed, code = plan.points[0].key, plan.seed, plan.code
    elif finished is not None:
        stated = finished.manifest
        key, seed, code = stated.get("scenario_key"), finished.seed, stated.get("code")
    else:
        return
    if key != scenario_key(scenario):
        raise _refusal(folder, "holds a run of another scenario")
    if seed != scenario.seed:
        raise _refusal(folder, f"holds a run with seed {seed}, not {scenario.seed}")
    if code != code_version():
        raise _refusal(folder, f"was made by pricewar {code}; this is {code_version()}")


def _restore(folder: RunFolder, finished: Run) -> None:
    """Put finished replications that no shard holds back into one."""
    known = Catalogue.of(folder.shelf).seconds
    stated = finished.manifest
    run_ids = {
        number: run_key(stated["scenario_key"], finished.seed, number, stated["code"])
        for number in finished.replications
    }
    lacking = {number: run_id for number, run_id in run_ids.items() if run_id not in known}
    if lacking:
        finished.verify()
        times = stated["replication_wall_time_s"]
        seconds = dict(zip(finished.replications, times, strict=True))
        runs = folder.split(lacking, seconds)
        folder.shelf.put("0000-restored", shard_files(runs), lambda: True)


def _refusal(folder: RunFolder, why: str) -> ResultError:
    return ResultError(
        f"{folder.path}: {why}; nothing was touched.\n"
        "  --resume continues the same run only. Choose another folder with --out, or replace "
        "this one with --overwrite."
    )
