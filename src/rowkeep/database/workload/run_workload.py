"""Runs statements of the application as load beside a migration on a copy, and measures how long each takes."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import ceil

import psycopg

from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.deploy.application import ApplicationLoad, ApplicationStatement
from rowkeep.domain.event import Event, StatementFinished, StatementStarted
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Place

SESSIONS = 4
PAUSE_S = 0.005
"""Between two statements of a session: the load shall leave the server time for the migration."""

BASELINE_S = 1.0
"""How long the load runs before the migrations begin."""

MOST_KEPT = 100_000
"""Of the times of one session. After that every second one is dropped."""

LONGEST_MS = 60_000


@dataclass(frozen=True, slots=True)
class _Run:
    """One statement that was run: when it began and ended, by time.perf_counter()."""

    began: float
    ended: float
    number: int


class WorkloadRunner:
    """The sessions that send the load, and what they measured. Use `run_workload`."""

    def __init__(self, statements: Sequence[ApplicationStatement]) -> None:
        self._statements = statements
        self._stop = threading.Event()
        self._runs: list[list[_Run]] = [[] for _ in range(SESSIONS)]
        self._counts = [0] * SESSIONS
        self._worst: list[_Run | None] = [None] * SESSIONS
        self._failed: list[Counter[str]] = [Counter() for _ in range(SESSIONS)]
        self._began = 0.0
        self._intervals: list[tuple[float, float, Place]] = []
        self._current: tuple[float, Place] | None = None

    def follow(self, event: Event) -> None:
        """Note which statement of a migration runs when."""
        now = time.perf_counter()
        if isinstance(event, StatementStarted):
            self._current = now, event.place
        elif isinstance(event, StatementFinished) and self._current is not None:
            self._intervals.append((self._current[0], now, self._current[1]))
            self._current = None

    def begin_migrations(self) -> None:
        """What follows is measured; what came before is the baseline."""
        self._began = time.perf_counter()

    def send(self, session: Session, number: int) -> None:
        """Send statements, one after another, until the load is stopped. Writes are rolled back."""
        order = itertools.cycle(range(len(self._statements)))
        for index in itertools.islice(order, number * 7 % len(self._statements), None):
            if self._stop.wait(PAUSE_S):
                return
            began = time.perf_counter()
            try:
                session.connection.execute(b"BEGIN")
                session.connection.execute(self._statements[index].text.encode())
            except psycopg.Error as error:
                self._failed[number][error.sqlstate or "connection lost"] += 1
                if session.connection.closed:
                    return
            run = _Run(began, time.perf_counter(), index)
            try:
                session.connection.execute(b"ROLLBACK")
            except psycopg.Error:
                return
            self._note(number, run)

    def _note(self, number: int, run: _Run) -> None:
        kept, worst = self._runs[number], self._worst[number]
        self._counts[number] += 1
        kept.append(run)
        if len(kept) > MOST_KEPT:
            del kept[::2]
        if (
            self._began
            and run.ended > self._began
            and (worst is None or run.ended - run.began > worst.ended - worst.began)
        ):
            self._worst[number] = run

    def stop(self) -> None:
        """End the load after the statements that run."""
        self._stop.set()

    def summarize(self, source: str, left_out: int) -> ApplicationLoad:
        """What was measured, after the load has ended."""
        runs = [run for kept in self._runs for run in kept]
        before = sorted(run.ended - run.began for run in runs if run.ended <= self._began)
        beside = sorted(run.ended - run.began for run in runs if run.ended > self._began)
        worst = max(
            (run for run in self._worst if run is not None), key=lambda run: run.ended - run.began, default=None
        )
        return ApplicationLoad(
            source,
            len(self._statements),
            left_out,
            SESSIONS,
            sum(self._counts),
            tuple(sorted(sum(self._failed, Counter()).items())),
            find_percentile(before, 50),
            find_percentile(before, 99),
            find_percentile(beside, 50),
            find_percentile(beside, 99),
            worst.ended - worst.began if worst is not None else 0.0,
            self._statements[worst.number].text if worst is not None else "",
            self._find_place(worst) if worst is not None else None,
        )

    def _find_place(self, run: _Run) -> Place | None:
        """The statement of a migration that ran for the most part of this time."""
        shared = [(min(end, run.ended) - max(start, run.began), place) for start, end, place in self._intervals]
        seconds, place = max(shared, key=lambda item: item[0], default=(0.0, None))
        return place if seconds > 0 else None


def find_percentile(ordered: Sequence[float], percent: int) -> float:
    """The least value that at least so many percent of the values do not exceed; 0 where there is none."""
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


@contextmanager
def run_workload(
    conninfo: str, statements: Sequence[ApplicationStatement], *, user: str | None, search_path: str
) -> Iterator[WorkloadRunner]:
    """Send the statements in a few sessions during the block. Raises Unreachable where `user` cannot log in."""
    runner = WorkloadRunner(statements)
    options = {"user": user} if user else {}
    threads: list[threading.Thread] = []
    with ExitStack() as stack:
        for number in range(SESSIONS):
            session = stack.enter_context(connect(conninfo, application="rowkeep load", **options))
            session.add_own_settings({"statement_timeout": f"{LONGEST_MS}ms", "search_path": search_path})
            threads.append(threading.Thread(target=runner.send, args=(session, number), daemon=True))
        try:
            for thread in threads:
                thread.start()
            time.sleep(BASELINE_S)
            runner.begin_migrations()
            yield runner
        finally:
            runner.stop()
            for thread in threads:
                if thread.ident is not None:
                    thread.join(LONGEST_MS / 1000 + 5)
