"""A loss is seen whatever it looks like, and a change that loses nothing is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.domain.deploy.loss import ChangedRows, Loss, LossKind
from rowkeep.domain.schema.table_contents import ColumnContents, DatabaseContents, TableContents
from rowkeep.plan.losses import find_changed_rows, find_losses, find_unaccepted

EMAIL = ColumnContents(2, "email", "text", 10)
USERS = TableContents(1, 1, "public.users", "public.users", 10, (ColumnContents(1, "id", "bigint", 10), EMAIL))
JANUARY = TableContents(21, 20, "public.events", "public.events_01", 7, (ColumnContents(1, "at", "date", 7),))
FEBRUARY = TableContents(22, 20, "public.events", "public.events_02", 5, (ColumnContents(1, "at", "date", 5),))
BEFORE = DatabaseContents((USERS,))


def after(*tables: TableContents) -> DatabaseContents:
    return DatabaseContents(tables)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (after(), [Loss(LossKind.TABLE, "public.users", 10)]),
        (after(replace(USERS, oid=2, root=2)), [Loss(LossKind.TABLE, "public.users", 10)]),
        (after(replace(USERS, rows=4)), [Loss(LossKind.ROWS, "public.users", 6)]),
        (after(replace(USERS, columns=USERS.columns[:1])), [Loss(LossKind.COLUMN, "public.users.email", 10)]),
        (
            after(replace(USERS, columns=(USERS.columns[0], replace(EMAIL, number=3)))),
            [Loss(LossKind.COLUMN, "public.users.email", 10)],
        ),
        (
            after(replace(USERS, columns=(USERS.columns[0], replace(EMAIL, filled=1)))),
            [Loss(LossKind.VALUES, "public.users.email", 9)],
        ),
        (after(replace(USERS, name="public.members")), []),
        (after(replace(USERS, rows=11, columns=(USERS.columns[0], replace(EMAIL, name="mail")))), []),
    ],
    ids=["dropped", "replaced", "deleted", "column", "re-added", "emptied", "renamed", "grown"],
)
def test_each_kind_of_loss(now: DatabaseContents, expected: list[Loss]) -> None:
    assert list(find_losses(BEFORE, now)) == expected


def test_an_empty_table_may_go() -> None:
    assert find_losses(DatabaseContents((replace(USERS, rows=0, columns=()),)), after()) == ()


def test_rows_that_move_between_partitions_are_not_lost() -> None:
    before = DatabaseContents((JANUARY, FEBRUARY))
    emptied = replace(JANUARY, rows=0, columns=(ColumnContents(1, "at", "date", 0),))
    filled = replace(FEBRUARY, rows=12, columns=(ColumnContents(1, "at", "date", 12),))
    assert find_losses(before, after(emptied, filled)) == ()


def test_a_detached_partition_keeps_its_rows_and_a_dropped_one_does_not() -> None:
    before = DatabaseContents((JANUARY, FEBRUARY))
    assert find_losses(before, after(JANUARY, replace(FEBRUARY, root=22))) == ()
    assert find_losses(before, after(JANUARY)) == (Loss(LossKind.ROWS, "public.events", 5),)


def test_large_objects_count() -> None:
    assert find_losses(DatabaseContents((), 3), DatabaseContents((), 1)) == (
        Loss(LossKind.LARGE_OBJECTS, "large objects", 2),
    )


def test_an_accepted_table_covers_its_columns_and_nothing_else() -> None:
    found = (Loss(LossKind.COLUMN, "public.users.email", 1), Loss(LossKind.ROWS, "public.orders", 1))
    assert find_unaccepted(found, {"public.users"}) == found[1:]
    assert find_unaccepted(found, {"public.users.email", "public.orders"}) == ()
    assert find_unaccepted(found, {"public"}) == found


def test_touched_rows_are_counted_from_the_start_of_the_rehearsal() -> None:
    now = after(replace(USERS, updated=7, deleted=2))
    assert find_changed_rows(after(replace(USERS, updated=4)), now) == (ChangedRows("public.users", 3, 2),)
    assert find_changed_rows(now, now) == ()


@given(st.integers(0, 50), st.integers(0, 50))
def test_fewer_rows_are_always_a_loss_of_exactly_the_difference(rows: int, left: int) -> None:
    before = DatabaseContents((replace(USERS, rows=rows, columns=()),))
    lost = sum(loss.count for loss in find_losses(before, after(replace(USERS, rows=left, columns=()))))
    assert lost == max(rows - left, 0)
