"""What a WHERE leaves of its table."""

from __future__ import annotations

import pytest

from rowkeep.domain.operation import Delete, Insert, Merge, Read, RowReach, Update
from rowkeep.files import read_text
from rowkeep.parse import parse_section


def only(text: str, kind: type) -> object:
    migration = read_text("1_a.sql", text, "node-pg-migrate")
    assert migration is not None
    (found,) = [
        operation
        for statement in parse_section(migration.up).statements
        for operation in statement.operations
        if type(operation) is kind
    ]
    return found


@pytest.mark.parametrize(
    ("text", "reach", "limited"),
    [
        ("DELETE FROM a", RowReach.ALL, False),
        ("DELETE FROM a WHERE id IN (SELECT id FROM a)", RowReach.ALL, False),
        ("DELETE FROM a WHERE id IN (SELECT a.id FROM a WHERE true)", RowReach.ALL, False),
        ("DELETE FROM a WHERE id IN (SELECT id FROM a WHERE b = 1)", RowReach.SOME, False),
        ("DELETE FROM a WHERE id IN (SELECT id FROM a LIMIT 5)", RowReach.SOME, True),
        ("DELETE FROM a WHERE id IN (SELECT other FROM a)", RowReach.SOME, False),
        ("DELETE FROM a WHERE id IN (SELECT id FROM b)", RowReach.SOME, False),
        ("DELETE FROM a WHERE id IN (SELECT id FROM a EXCEPT SELECT 1)", RowReach.SOME, False),
        ("DELETE FROM a WHERE id NOT IN (SELECT id FROM a)", RowReach.SOME, False),
        ("DELETE FROM a USING b WHERE b.key = 'x'", RowReach.ALL, False),
        ("DELETE FROM a USING b", RowReach.ALL, False),
        ("DELETE FROM a USING b WHERE b.id = a.id", RowReach.SOME, True),
        ("DELETE FROM a AS one USING b WHERE one.id = b.id", RowReach.SOME, True),
        ("DELETE FROM a AS one USING b WHERE b.id = 1 AND key = 'x'", RowReach.SOME, True),
        ("DELETE FROM a USING b WHERE random() < 0.5", RowReach.SOME, True),
    ],
)
def test_how_much_a_delete_reaches(text: str, reach: RowReach, limited: bool) -> None:
    operation = only(text, Delete)
    assert isinstance(operation, Delete)
    assert (operation.where.reach, operation.limited) == (reach, limited)


@pytest.mark.parametrize(
    ("where", "picks"),
    [
        ("id = 1", True),
        ("id = 1 AND b IS NULL", True),
        ("id IN (1, 2)", True),
        ("id = ANY ($1)", True),
        ("id BETWEEN 1 AND 9", True),
        ("id <= 9", True),
        ("name LIKE 'a%'", True),
        ("EXISTS (SELECT FROM c WHERE c.id = a.id)", True),
        ("NOT EXISTS (SELECT FROM c WHERE c.id = a.id)", True),
        ("b IS NULL", False),
        ("b IS NULL AND c IS NOT NULL", False),
        ("id = 1 OR b IS NULL", False),
        ("NOT archived", False),
        ("archived", False),
        ("archived IS TRUE", False),
        ("archived = false", False),
        ("b IS DISTINCT FROM 'x'", False),
        ("b <> 'x'", False),
    ],
)
def test_whether_a_where_picks(where: str, picks: bool) -> None:
    operation = only(f"UPDATE a SET z = 1 WHERE {where}", Update)
    assert isinstance(operation, Update)
    assert operation.where.picks is picks


def test_a_test_for_presence_alone() -> None:
    for where, present in (
        ("id IS NOT NULL", {"id"}),
        ("id IS NOT NULL AND b IS NOT NULL", {"id", "b"}),
        ("id IS NOT NULL AND b = 1", set()),
        ("id IS NULL", set()),
    ):
        operation = only(f"DELETE FROM a WHERE {where}", Delete)
        assert isinstance(operation, Delete)
        assert operation.where.present == present


def test_an_update_from_another_table() -> None:
    operation = only("UPDATE a SET b = c.b FROM c WHERE c.kind = 5", Update)
    assert isinstance(operation, Update)
    assert operation.where.reach is RowReach.ALL
    assert not operation.limited
    assert operation.adds_up == ()


def test_columns_that_build_on_themselves() -> None:
    operation = only("UPDATE a SET n = n + 1, m = lower(m), x = y + 1, z = z", Update)
    assert isinstance(operation, Update)
    assert [name.name for name in operation.adds_up] == ["n", "m"]


def test_a_merge_and_what_joins_it() -> None:
    operation = only("MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE", Merge)
    assert isinstance(operation, Merge)
    assert operation.on.reach is RowReach.ALL
    assert not operation.drops_rest
    operation = only("MERGE INTO a USING b ON a.id = b.id WHEN NOT MATCHED BY SOURCE THEN DELETE", Merge)
    assert isinstance(operation, Merge)
    assert operation.on.reach is RowReach.SOME
    assert operation.drops_rest


def test_where_rows_come_from() -> None:
    operation = only("INSERT INTO a SELECT * FROM a ON CONFLICT (id) DO UPDATE SET b = 1", Insert)
    assert isinstance(operation, Insert)
    assert ([name.name for name in operation.reads], operation.where.reach, operation.skips_present) == (
        ["a"],
        RowReach.ALL,
        False,
    )
    for query in (
        "SELECT 1 WHERE NOT EXISTS (SELECT FROM a)",
        "SELECT 1 FROM b LEFT JOIN a ON a.id = b.id WHERE a.id IS NULL",
        "SELECT 1 EXCEPT SELECT id FROM a",
        "SELECT id FROM b WHERE id NOT IN (SELECT id FROM a)",
    ):
        operation = only(f"INSERT INTO a {query}", Insert)
        assert isinstance(operation, Insert)
        assert operation.skips_present, query


def test_locks_of_a_sub_select() -> None:
    operation = only("SELECT count(*) FROM (SELECT id FROM a WHERE id = 1 LIMIT 5 FOR UPDATE) AS x", Read)
    assert isinstance(operation, Read)
    assert (operation.locks, operation.where.picks, operation.limited) == ("FOR UPDATE", True, True)
