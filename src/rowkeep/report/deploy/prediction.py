"""What a deploy is expected to do, and what it did, as text and JSON."""

from __future__ import annotations

from collections.abc import Mapping

from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.deployment import Deployment
from rowkeep.domain.deploy.prediction import ComparedSize, PredictedLock, PredictedWork, Prediction, WorkKind
from rowkeep.domain.history.ledger import HistoryEntry
from rowkeep.domain.lint.lock import LockMode, LockTiming
from rowkeep.domain.source import Place
from rowkeep.report.events import format_bytes, format_seconds
from rowkeep.report.text.visible import one_line

SHOWN = 8
"""Lines in the text; JSON has all."""

LONGEST_S = 1e9
"""A longer time in the ledger is not one that Rowkeep wrote."""

NOTICEABLE = 1.1
"""A table that is larger by less is not mentioned."""

BASIS = (
    "estimates: times of the copy, on another server without load, and longer where production has more rows; "
    "waiting for locks is not in them"
)

Held = Mapping[tuple[str, str], LockTiming]
Took = Mapping[tuple[str, Place], float]


def format_about(seconds: float | None) -> str:
    """An estimate, rounded as coarsely as it is known: `about 40 ms`, `about 3 min`, `not known`."""
    if seconds is None:
        return "not known how long"
    if seconds < 0.001:
        return "less than 1 ms"
    if seconds < 1:
        milliseconds = seconds * 1000
        step = 1 if milliseconds < 10 else 10 if milliseconds < 100 else 100
        return f"about {max(1, round(milliseconds / step)) * step} ms"
    if seconds < 90:
        step = 1 if seconds < 10 else 5
        return f"about {max(1, round(seconds / step)) * step} s"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min"
    return f"about {round(seconds / 3600)} h"


def format_prediction(prediction: Prediction) -> list[str]:
    """One line for each lock and each work on rows, the longest first, and what the numbers rest on."""
    return _format_lines(prediction, {}, {})


def format_outcome(deployment: Deployment) -> list[str]:
    """The same with what was measured in production."""
    if deployment.prediction is None:
        return []
    return _format_lines(deployment.prediction, _locks_in_production(deployment), _seconds_in_production(deployment))


def _locks_in_production(deployment: Deployment) -> Held:
    locks = deployment.carried.locks if deployment.carried is not None else ()
    return {(lock.migration, lock.table): lock for lock in locks}


def _seconds_in_production(deployment: Deployment) -> Took:
    return {(timing.migration, timing.place): timing.seconds for timing in deployment.timings}


def _format_lines(prediction: Prediction, held: Held, took: Took) -> list[str]:
    lines = [
        (lock.seconds, format_lock_prediction(lock, held.get((lock.migration, lock.table))))
        for lock in prediction.locks
    ]
    lines += [
        (work.seconds, format_work_prediction(work, took.get((work.migration, work.place))))
        for work in prediction.work
    ]
    if not lines:
        return []
    # What is not known stands first: it may be long.
    lines.sort(key=lambda line: -(line[0] if line[0] is not None else float("inf")))
    texts = [text for _, text in lines[:SHOWN]]
    if len(lines) > SHOWN:
        texts.append(f"and {len(lines) - SHOWN} more (--output-format json has all)")
    return [*texts, *format_sizes(prediction), BASIS]


def format_lock_prediction(lock: PredictedLock, real: LockTiming | None = None) -> str:
    """`public.orders: ACCESS EXCLUSIVE about 40 ms (2_add)`; `; held 35 ms` if `real` is known."""
    text = f"{lock.table}: {lock.mode.sql} {format_about(lock.seconds)} ({lock.migration})"
    return text if real is None else f"{text}; held {format_seconds(real.hold_s)}"


def format_work_prediction(work: PredictedWork, real: float | None = None) -> str:
    """`public.orders: index build, writes go on, about 3 min (3_index)`; `; took 2 min 50 s` if `real` is known."""
    text = f"{work.table}: {describe_work(work)}, {format_about(work.seconds)} ({work.migration})"
    return text if real is None else f"{text}; took {format_seconds(real)}"


def describe_work(work: PredictedWork) -> str:
    """`index build, writes go on`; `about 50,000 rows change, writes of other rows go on`."""
    what = work.kind.value if work.rows is None else f"about {count_text(work.rows, 'row')} change"
    if not work.writes_go_on:
        return f"{what}, writes wait"
    return f"{what}, writes of other rows go on" if work.kind is WorkKind.ROWS else f"{what}, writes go on"


def format_sizes(prediction: Prediction) -> list[str]:
    """The tables whose size in production is another one than on the copy, or is not known."""
    kinds: dict[str, list[WorkKind]] = {}
    for work in prediction.work:
        kinds.setdefault(work.table, []).append(work.kind)
    return [line for size in prediction.sizes for line in _format_size(size, kinds.get(size.table, []))]


def _format_size(size: ComparedSize, kinds: list[WorkKind]) -> list[str]:
    production = size.production
    if production is None:
        return [f"the size of {size.table} in production is not known"]
    lines = []
    by_bytes = production.rows is None or WorkKind.SCAN in kinds
    if by_bytes and (size.factor(WorkKind.SCAN) or NOTICEABLE) >= NOTICEABLE:
        here, there = format_bytes(size.copy.bytes), format_bytes(production.bytes)
        lines.append(f"{size.table} has {there} in production, {here} on the copy")
    if production.rows is not None and (size.factor(WorkKind.ROWS) or NOTICEABLE) >= NOTICEABLE:
        lines.append(f"{size.table} has {production.rows:,} rows in production, {size.copy.rows:,} on the copy")
    return lines


def serialize_prediction(deployment: Deployment) -> dict[str, object] | None:
    """Prediction and, where it was applied, reality for `--output-format json`; null without a rehearsal."""
    prediction = deployment.prediction
    if prediction is None:
        return None
    held, took = _locks_in_production(deployment), _seconds_in_production(deployment)
    carried = deployment.carried.done if deployment.carried is not None else ()
    seconds = {step.name: took_s for step, took_s in carried}
    return {
        "basis": BASIS,
        "migrations": [
            {
                "migration": step.migration,
                "rehearsed_s": step.measured_s,
                "predicted_s": step.seconds,
                "actual_s": seconds.get(step.migration),
            }
            for step in prediction.steps
        ],
        "locks": [
            {
                "migration": lock.migration,
                "table": lock.table,
                "mode": lock.mode.value,
                "place": None if lock.place is None else str(lock.place),
                "rehearsed_s": lock.measured_s,
                "predicted_s": lock.seconds,
                "actual_s": held[lock.migration, lock.table].hold_s if (lock.migration, lock.table) in held else None,
            }
            for lock in prediction.locks
        ],
        "work": [
            {
                "migration": work.migration,
                "table": work.table,
                "kind": work.kind.value,
                "place": str(work.place),
                "rows": work.rows,
                "writes_go_on": work.writes_go_on,
                "rehearsed_s": work.measured_s,
                "predicted_s": work.seconds,
                "actual_s": took.get((work.migration, work.place)),
            }
            for work in prediction.work
        ],
        "sizes": [
            {
                "table": size.table,
                "copy_bytes": size.copy.bytes,
                "copy_rows": size.copy.rows,
                "production_bytes": None if size.production is None else size.production.bytes,
                "production_rows": None if size.production is None else size.production.rows,
            }
            for size in prediction.sizes
        ],
    }


def describe_prediction(prediction: Prediction) -> dict[str, object]:
    """What the ledger keeps, by migration: seconds as predicted, null where not known."""
    return {
        step.migration: {
            "seconds": step.seconds,
            "locks": [
                {"table": lock.table, "mode": lock.mode.value, "hold_s": lock.seconds}
                for lock in prediction.locks
                if lock.migration == step.migration
            ],
            "work": [
                {"table": work.table, "kind": work.kind.value, "seconds": work.seconds}
                for work in prediction.work
                if work.migration == step.migration
            ],
        }
        for step in prediction.steps
    }


def format_kept_prediction(entry: HistoryEntry) -> list[str]:
    """What the ledger keeps of a prediction, beside what was measured. Anybody who may write there may have edited it.

    `predicted about 3 min`, and for each lock `public.orders: ACCESS EXCLUSIVE predicted about 40 ms, held 35 ms`.
    """
    kept = entry.predicted
    if not isinstance(kept, dict):
        return []
    lines = [f"predicted {format_about(_number(kept.get('seconds')))}"]
    held = {str(lock.get("table")): _number(lock.get("hold_s")) for lock in _records(entry.locks)}
    for lock in _records(kept.get("locks"))[:SHOWN]:
        table = str(lock.get("table"))
        real = held.get(table)
        text = f"{table}: {_mode(lock.get('mode'))} predicted {format_about(_number(lock.get('hold_s')))}"
        lines.append(text if real is None else f"{text}, held {format_seconds(real)}")
    return [one_line(line) for line in lines]


def _records(value: object) -> list[dict[str, object]]:
    return [record for record in value if isinstance(record, dict)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < LONGEST_S else None


def _mode(value: object) -> str:
    return next((mode.sql for mode in LockMode if mode.value == value), "a lock")
