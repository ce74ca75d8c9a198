"""The engine: plans a study, takes stock of its folder, executes what is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from uuid import uuid4

from sim.batch.dispatcher import Dispatcher, StoppedOnFailure, Tally
from sim.batch.executor import Executor
from sim.batch.merging import AT_ONCE, MERGED, merge
from sim.batch.orders import Orders, Report
from sim.batch.plan import Plan, PlannedRun
from sim.batch.progress import Pace, Progress, State
from sim.batch.registering import register
from sim.batch.reuse import sweeps_beside, take_over
from sim.batch.stopping import Precision, StoppingRule
from sim.batch.study import Study
from sim.batch.task import Delivery
from sim.files.durable import write_whole
from sim.files.lock import Lock
from sim.record.catalogue import Catalogue
from sim.record.sweep import Sweep
from sim.record.sweep_folder import SweepFolder

_SHOWN_EVERY_S = 0.1
_WRITTEN_EVERY_S = 1.0


class Engine:
    """Executes a study, or what is missing of it, in the process that holds the folder's lock.

    Parameters
    ----------
    study
        What is to be run.
    folder
        Where plan and shards are kept.
    start
        Starts the executor; called only if there is something to execute.
    orders
        How to execute.
    progress
        Shows how far it is; None: nothing does.
    lock
        Held as long as the engine works.
    """

    def __init__(
        self,
        study: Study,
        folder: SweepFolder,
        start: Callable[[], Executor],
        orders: Orders,
        progress: Progress | None,
        lock: Lock,
    ) -> None:
        self._study, self._folder, self._orders = study, folder, orders
        self._start, self._progress, self._lock = start, progress, lock
        self._tally = Tally(set())
        self._precisions: tuple[Precision, ...] = ()
        self._pace = Pace()
        self._executor: Executor | None = None
        self._dispatcher: Dispatcher | None = None
        self._phase, self._shown_phase = "planning", ""
        self._shown = self._written = 0.0
        self.workers = 0
        self._planned = self._done_before = self._known_before = self._merged = 0

    def execute(self) -> Report:
        """Plan, take stock, execute what is missing, merge."""
        plan = register(self._study, self._folder, self._orders, self._planning)
        self._shelf = self._folder.shelf()
        self._prefix = self._become_writer()
        self._take_stock()
        reused = self._reuse(plan)
        before = len(self._tally.done)
        stopped = False
        try:
            plan = self._rounds(plan)
            if self._study.shares_shards:
                self._phase = "merging"
                self._merge(2)
            self._phase = "finished"
        except StoppedOnFailure:
            stopped = True
        finally:
            if self._executor is not None:
                self._executor.close()
                self._executor = None
            if self._phase != "finished":
                self._phase = "stopped"
            self._heartbeat(0)
        ids = [run.run_id for run in plan.runs()]
        return Report(
            Sweep(self._folder.path),
            planned=len(plan),
            done=sum(run_id in self._tally.done for run_id in ids),
            failed=sum(run_id in self._tally.failed for run_id in ids),
            executed=len(self._tally.done) - before,
            reused=reused,
            precisions=self._precisions,
            stopped=stopped,
            unused=len(self._tally.done.difference(ids)),
        )

    def _become_writer(self) -> str:
        """Choose how names of new shards begin; workers of earlier engines now store nothing."""
        numbers = (name[:4] for name in self._shelf.names())
        latest = max((int(number) for number in numbers if number.isdecimal()), default=0)
        prefix = f"{latest + 1:04d}-{uuid4().hex[:8]}"
        write_whole(self._folder.writer, prefix.encode())
        return prefix

    def _take_stock(self) -> None:
        """Find what is finished and sound; clear away what is not."""
        self._shelf.clear_unfinished()
        catalogue = Catalogue.of(self._shelf, verify=True)
        for name in (*catalogue.damaged, *catalogue.redundant):
            self._shelf.remove(name)
        self._tally.done.update(catalogue.seconds)

    def _reuse(self, plan: Plan) -> int:
        others = self._orders.reuse
        if others is None:
            others = sweeps_beside(self._folder.path)
        missing = {run.run_id for run in self._missing(plan)}
        taken = take_over(missing, others, self._shelf, self._prefix)
        self._tally.done.update(taken)
        return len(taken)

    def _missing(self, plan: Plan) -> Iterator[PlannedRun]:
        """Iterate over the runs that are neither done nor failed now, each identity once."""
        met: set[str] = set()
        for run in plan.runs():
            is_known = run.run_id in self._tally.done or run.run_id in self._tally.failed
            if not is_known and run.run_id not in met:
                met.add(run.run_id)
                yield run

    def _rounds(self, plan: Plan) -> Plan:
        """Execute a plan; with a stopping rule, extend it until the rule is content."""
        rule = self._orders.until
        while True:
            self._execute(plan)
            if rule is None:
                return plan
            self._precisions = tuple(rule.judge(Sweep(self._folder.path)))
            self._folder.write_record(
                "stopping.json",
                {
                    "rule": rule.text,
                    "points": [asdict(precision) for precision in self._precisions],
                },
            )
            more = self._more(plan, rule)
            if not more:
                return plan
            plan = plan.with_replications(more)
            self._folder.write_plan(plan.table())

    def _more(self, plan: Plan, rule: StoppingRule) -> dict[int, int]:
        """Return the points to be run more often, and how often; failed runs are made up for."""
        planned = {point.index: point.replications for point in plan.points}
        most = self._orders.most_replications
        more = {}
        for precision in self._precisions:
            lost = planned[precision.point] - precision.replications
            wanted = min(rule.wanted(precision, most) + lost, most)
            if not precision.reached and wanted > planned[precision.point]:
                more[precision.point] = wanted
        return more

    def _execute(self, plan: Plan) -> None:
        count = sum(1 for _ in self._missing(plan))
        self._planned = len(plan)
        self._known_before = len(self._tally.done)
        self._done_before = sum(run.run_id in self._tally.done for run in plan.runs())
        if not count:
            return
        self._phase = "starting workers"
        self._heartbeat(0)
        if self._executor is None or self._dispatcher is None:
            self._executor = self._start()
            self._dispatcher = self._dispatch(self._executor, plan)
        self.workers = self._executor.workers
        self._phase = "running"
        self._dispatcher.execute(self._missing(plan), count)

    def _dispatch(self, executor: Executor, plan: Plan) -> Dispatcher:
        is_elsewhere = self._shelf.filesystem is not None
        if executor.stores and not is_elsewhere:
            delivery = Delivery(self._shelf.address, str(self._folder.writer), self._prefix)
        else:
            delivery = Delivery(self._shelf.address if is_elsewhere else None)
        return Dispatcher(
            executor,
            self._study,
            seed=plan.seed,
            code=plan.code,
            shelf=self._shelf,
            failures=self._folder.failures,
            delivery=delivery,
            limits=self._orders.limits,
            prefix=self._prefix,
            tally=self._tally,
            heartbeat=self._heartbeat,
            stop_on_failure=self._orders.stop_on_failure,
        )

    def _merge(self, at_least: int) -> None:
        """Merge small shards if there are enough of them."""
        catalogue = Catalogue.of(self._shelf)
        repeated = {shard for shard, _ in catalogue.repeated}
        small = [name for name in catalogue.shards if MERGED not in name and name not in repeated]
        if len(small) >= at_least:
            merge(self._shelf, small, self._prefix)

    def _planning(self, points: int) -> None:
        self._planned = points
        self._heartbeat(0)

    def _heartbeat(self, running: int) -> None:
        """Show and write how far it is, and show other machines that this process lives."""
        stored = 0 if self._dispatcher is None else len(self._dispatcher.stored)
        merges = self._study.shares_shards and self._phase == "running"
        if merges and stored - self._merged >= AT_ONCE:
            self._merged = stored
            self._merge(AT_ONCE)
        now = time.monotonic()
        changed = self._phase != self._shown_phase
        if changed or now - self._shown >= _SHOWN_EVERY_S:
            self._shown, self._shown_phase = now, self._phase
            state = self._state(running)
            if self._progress is not None:
                self._progress.update(state)
            if changed or now - self._written >= _WRITTEN_EVERY_S:
                self._written = now
                with suppress(OSError):  # the results matter more than the news of them
                    self._folder.write_news(state.to_json())
                    self._lock.refresh()

    def _state(self, running: int) -> State:
        workers = 0 if self._executor is None else self._executor.workers
        fresh = len(self._tally.done) - self._known_before
        done = self._done_before + fresh
        failed = len(self._tally.failed)
        partial = sum(self._tally.reached.values())
        seconds_left = None
        if self._phase == "running":
            left = self._planned - done - failed - partial
            seconds_left = self._pace.seconds_left(left, fresh + failed + partial)
        return State(
            planned=self._planned,
            done=done,
            failed=failed,
            running=min(running, workers),
            partial=partial,
            latest=self._tally.latest,
            workers=workers,
            seconds_left=seconds_left,
            phase=self._phase,
            at=time.time(),
        )
