"""Functions that run a text, names that are cut, RETURN in triggers, settings of roles and functions."""

from __future__ import annotations

import pytest

from rowkeep.domain.operation import AlterFunction, AlterObject, Delete, Notice, Opaque, Operation, Returns, Role
from rowkeep.files import read_text
from rowkeep.parse import parse_section


def operations(text: str, kind: type[Operation]) -> list[Operation]:
    migration = read_text("1_a.sql", text, "node-pg-migrate")
    assert migration is not None
    return [
        operation
        for each in parse_section(migration.up).statements
        for operation in each.operations
        if isinstance(operation, kind)
    ]


def test_the_text_of_query_to_xml_is_read_where_it_stands() -> None:
    text = "SELECT query_to_xml('WITH x AS (DELETE FROM a RETURNING 1) SELECT 1', true, false, '')"
    (operation,) = operations(text, Delete)
    assert isinstance(operation, Delete)
    assert operation.table.name == "a"
    assert text[operation.span.start : operation.span.end].startswith("WITH x AS")
    assert not operations(text, Opaque)


@pytest.mark.parametrize("argument", ["text_of(1)", "'SELECT ' || name", "$1"])
def test_a_text_that_is_put_together_is_opaque(argument: str) -> None:
    assert len(operations(f"SELECT query_to_xml({argument}, true, false, '') FROM a", Opaque)) == 1


def test_ts_rewrite_runs_only_its_second_of_two_arguments() -> None:
    assert not operations("SELECT ts_rewrite(a, b, c) FROM t", Opaque)
    assert len(operations("SELECT ts_rewrite(a, b) FROM t", Opaque)) == 1


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a" * 63, 0),
        ("a" * 64, 1),
        ('"' + "a" * 63 + '"', 0),
        ('"' + "a" * 64 + '"', 1),
        ("ä" * 31, 0),
        ("ä" * 32, 1),
        ('"' + '""' * 40 + '"', 0),
        ('"' + "€" * 22 + '"', 1),
        ("'" + "a" * 90 + "'", 0),
    ],
)
def test_names_that_are_cut(name: str, found: int) -> None:
    noticed = operations(f"CREATE TABLE t AS SELECT 1 AS x, {name}", Notice)
    assert [operation.kind for operation in noticed if isinstance(operation, Notice)] == [
        "identifier-too-long"
    ] * found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("UPDATE t SET a = 1, a = 2", 1),
        ("UPDATE t SET a[1] = 1, a[2] = 2, b.x = 1, b.y = 2", 0),
        ("UPDATE t SET (a, b) = (1, 2), c = 3", 0),
        ("UPDATE t SET (a, b) = (1, 2), b = 3", 1),
        ("INSERT INTO t (a, b, a) VALUES (1, 2, 3)", 1),
        ("CREATE TABLE t (a int, b int, a text)", 1),
        ("CREATE TABLE t (a int, b int)", 0),
    ],
)
def test_columns_that_are_named_twice(text: str, found: int) -> None:
    noticed = operations(text, Notice)
    assert [operation.kind for operation in noticed if isinstance(operation, Notice)] == [
        "column-assigned-twice"
    ] * found


def test_what_a_trigger_answers() -> None:
    body = "BEGIN IF a THEN RETURN NULL; END IF; RETURN OLD; RETURN NEW; RETURN NULL::text; END"
    found = operations(f"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$", Returns)
    assert [operation.value for operation in found if isinstance(operation, Returns)] == ["null", "old"]


def test_settings_of_roles_databases_and_functions() -> None:
    (role,) = operations("ALTER ROLE a SET search_path = x, public", Role)
    assert isinstance(role, Role)
    assert (role.setting, role.value) == ("search_path", "x, public")
    (database,) = operations("ALTER DATABASE a SET work_mem = '1GB'", AlterObject)
    assert isinstance(database, AlterObject)
    assert database.options == (("work_mem", "1GB"),)
    (function,) = operations("ALTER FUNCTION f() SET search_path = x, pg_temp", AlterFunction)
    assert isinstance(function, AlterFunction)
    assert function.options == (("set", "search_path = x, pg_temp"),)
