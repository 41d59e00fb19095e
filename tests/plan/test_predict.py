"""What was measured on a copy becomes an estimate for production: scaled where rows are read, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plan.test_survey import migration, surveyed

from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.loss import ChangedRows
from rowkeep.domain.deploy.prediction import Prediction, ProductionSize, TableSize, WorkKind
from rowkeep.domain.deploy.rehearsal import Rehearsal, StatementTiming
from rowkeep.domain.lint.lock import LockMode, LockTiming
from rowkeep.domain.plan import Plan, Request
from rowkeep.domain.schema.structure import Structure
from rowkeep.domain.schema.table_contents import DatabaseContents, TableContents
from rowkeep.plan.plan import make_plan
from rowkeep.plan.predict import find_long_locks, find_measured_tables, find_table_sizes, make_prediction
from rowkeep.report.deploy.prediction import format_about, format_prediction

STRUCTURE = Structure(18, (), "")
BACKUP = Backup("b", "b.dump", "shop", "18.1", "18.1", "2026-01-01T00:00:00Z", 1.0, 1, "", ())
ORDERS = TableSize("public.orders", 1000, 100)
TEN_TIMES = {"public.orders": ProductionSize(10_000, 1000)}


def rehearsed(text: str, seconds: list[float], **facts: Any) -> tuple[Plan, Rehearsal]:
    """A plan of one migration, and a rehearsal in which its statements took these times."""
    plan = make_plan(surveyed([migration("1_m", text)], []), Request())
    pieces = plan.steps[0].pieces
    timings = tuple(
        StatementTiming("1_m", piece.statement.place, piece.statement.head, took)
        for piece, took in zip(pieces, seconds, strict=True)
    )
    facts = {"sizes": (ORDERS,), **facts}
    return plan, Rehearsal(
        BACKUP, 18, 1.0, 1.0, 100, STRUCTURE, STRUCTURE, (), facts.pop("touched", ()), timings, **facts
    )


def lock(plan: Plan, number: int, held: float, mode: LockMode = LockMode.ACCESS_EXCLUSIVE) -> LockTiming:
    return LockTiming("1_m", "public.orders", mode, held, 0.0, 1, plan.steps[0].pieces[number].statement.place)


def predict(text: str, seconds: list[float], held: float | None = None, at: int = 0, **facts: Any) -> Prediction:
    plan, rehearsal = rehearsed(text, seconds, **facts)
    if held is not None:
        plan, rehearsal = rehearsed(text, seconds, locks=(lock(plan, at, held),), **facts)
    return make_prediction(plan, rehearsal, ("public",), TEN_TIMES)


@pytest.mark.parametrize(
    ("text", "kind", "factor"),
    [
        ("CREATE INDEX CONCURRENTLY i ON orders (id);", WorkKind.INDEX_BUILD, 10),
        ("ALTER TABLE public.orders ADD CONSTRAINT c CHECK (id > 0);", WorkKind.SCAN, 10),
        ("ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES users;", WorkKind.SCAN, 10),
        ("ALTER TABLE orders VALIDATE CONSTRAINT c;", WorkKind.SCAN, 10),
        ("ALTER TABLE orders ALTER id SET NOT NULL;", WorkKind.SCAN, 10),
        ("ALTER TABLE orders ADD UNIQUE (id);", WorkKind.INDEX_BUILD, 10),
        ("ALTER TABLE orders ADD COLUMN u int UNIQUE;", WorkKind.INDEX_BUILD, 10),
        ("UPDATE orders SET id = id;", WorkKind.ROWS, 10),
        ("DELETE FROM orders WHERE id = 1;", WorkKind.ROWS, 10),
        ("VACUUM FULL orders;", None, 1),  # the copy's table has the same file: nothing was rewritten
        ("ALTER TABLE orders ADD COLUMN c int;", None, 1),
        ("ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID;", None, 1),
        ("ALTER TABLE orders ADD UNIQUE USING INDEX i;", None, 1),
        ("CREATE INDEX i ON shop.orders (id);", None, 1),  # another table, which is not known
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'UPDATE orders SET id = 1';", None, 1),
    ],
)
def test_only_what_reads_rows_grows_with_the_table(text: str, kind: WorkKind | None, factor: int) -> None:
    prediction = predict(text, [2.0])
    assert [work.kind for work in prediction.work] == ([] if kind is None else [kind])
    assert [(step.measured_s, step.seconds) for step in prediction.steps] == [(2.0, 2.0 * factor)]


def test_a_rewrite_is_known_by_the_file_and_belongs_to_the_slowest_statement() -> None:
    rewritten = TableSize("public.orders", 1000, 100, rewritten=True)
    text = "ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders ALTER id TYPE bigint;"
    prediction = predict(text, [0.001, 3.0], sizes=(rewritten,))
    assert [(work.kind, work.measured_s, work.seconds) for work in prediction.work] == [(WorkKind.REWRITE, 3.0, 30.0)]


def test_a_lock_lasts_as_long_as_what_follows_in_its_transaction() -> None:
    text = "UPDATE orders SET id = id; ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET id = id;"
    (lock_,) = predict(text, [5.0, 0.1, 2.0], held=2.5, at=1).locks
    assert lock_.measured_s == 2.5
    assert lock_.seconds == pytest.approx(2.5 + 2.0 * 9), "the UPDATE before it is not in it"
    (short,) = predict("ALTER TABLE orders ADD COLUMN a int;", [0.1], held=0.2).locks
    assert short.seconds == 0.2, "no row is read: it does not matter how large the table is"


def test_what_was_empty_on_the_copy_or_cannot_be_read_is_not_estimated() -> None:
    text = "CREATE INDEX i ON orders (id);"
    empty = predict(text, [0.1], held=0.1, sizes=(TableSize("public.orders", 0, 0),))
    assert [work.seconds for work in empty.work] == [lock.seconds for lock in empty.locks] == [None]
    plan, rehearsal = rehearsed(text, [0.1])
    assert find_measured_tables(plan, rehearsal, ("public",)) == ("public.orders",)
    unread = make_prediction(plan, rehearsal, ("public",), {})
    assert [work.seconds for work in unread.work] == [None]
    assert "the size of public.orders in production is not known" in format_prediction(unread)
    uncounted = make_prediction(plan, rehearsal, ("public",), {"public.orders": ProductionSize(3000)})
    assert [work.seconds for work in uncounted.work] == [pytest.approx(0.3)], "by bytes, where rows were not counted"
    smaller = make_prediction(plan, rehearsal, ("public",), {"public.orders": ProductionSize(1, 1)})
    assert [work.seconds for work in smaller.work] == [0.1], "never less than was measured"


def test_rows_are_given_where_one_statement_changed_them() -> None:
    touched = (ChangedRows("public.orders", 7, 3),)
    (work,) = predict("UPDATE orders SET id = 1;", [1.0], touched=touched).work
    assert work.rows == 100, "ten times as many as on the copy"
    both = predict("UPDATE orders SET id = 1; DELETE FROM orders WHERE id = 2;", [1.0, 1.0], touched=touched).work
    assert [work.rows for work in both] == [None, None]


def test_writes_go_on_unless_a_lock_blocks_them() -> None:
    text = "CREATE INDEX i ON orders (id);"
    assert [work.writes_go_on for work in predict(text, [1.0]).work] == [True]
    assert [work.writes_go_on for work in predict(text, [1.0], held=1.0).work] == [False]


def test_the_budget() -> None:
    prediction = predict("CREATE INDEX i ON orders (id);", [1.0], held=1.0)
    assert [lock.table for lock in find_long_locks(prediction, 9.0)] == ["public.orders"]
    assert find_long_locks(prediction, 10.0) == find_long_locks(prediction, 0.0) == ()


def test_partitions_count_together_and_a_new_file_is_a_rewrite() -> None:
    january = TableContents(21, 20, "public.events", "public.events_01", 7, (), file=1, bytes=70)
    february = TableContents(22, 20, "public.events", "public.events_02", 5, (), file=2, bytes=50)
    after = TableContents(22, 20, "public.events", "public.events_02", 5, (), file=3, bytes=50)
    sizes = find_table_sizes(DatabaseContents((january, february)), DatabaseContents((january, after)))
    assert set(sizes) == {
        TableSize("public.events", 120, 12, True),
        TableSize("public.events_01", 70, 7, False),
        TableSize("public.events_02", 50, 5, True),
    }


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not known how long"),
        (0.0004, "less than 1 ms"),
        (0.0042, "about 4 ms"),
        (0.0437, "about 40 ms"),
        (0.26, "about 300 ms"),
        (2.4, "about 2 s"),
        (43, "about 45 s"),
        (185, "about 3 min"),
        (7300, "about 2 h"),
    ],
)
def test_an_estimate_is_shown_as_coarsely_as_it_is_known(seconds: float | None, text: str) -> None:
    assert format_about(seconds) == text
