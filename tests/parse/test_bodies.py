"""Bodies: what DO blocks, functions, procedures and rules do, at its place in the file."""

import random

import pytest

from rowkeep.domain.migration import Section
from rowkeep.domain.operation import (
    CallFunction,
    CreateTable,
    Delete,
    DropColumn,
    DropObject,
    FrameKind,
    Opaque,
    Operation,
    Transaction,
    Truncate,
    UnreadableSql,
)
from rowkeep.domain.source import Source, Span
from rowkeep.parse import parse_section
from rowkeep.parse.plpgsql.nodes import Execute, Loop, Node, Sql
from rowkeep.parse.plpgsql.parse_body import parse_body
from rowkeep.parse.text.mapped_text import map_plain


def operations(text: str) -> list[tuple[str, str]]:
    """Kind of operation and the words it points at, without the outer statement."""
    found = parse_section(Section(Source("m.sql", text), Span(0, len(text)))).statements
    return [
        (type(operation).__name__, text[operation.span.start : operation.span.end])
        for each in found
        for operation in each.operations[1:]
    ]


def inner(text: str, kind: type[Operation]) -> list[Operation]:
    found = parse_section(Section(Source("m.sql", text), Span(0, len(text)))).statements
    return [operation for each in found for operation in each.operations if isinstance(operation, kind)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DO $$ BEGIN DROP TABLE é; END $$", [("DropObject", "DROP TABLE é")]),
        ("DO $a$ BEGIN\n  -- ü\n  TRUNCATE t; END $a$", [("Truncate", "TRUNCATE t")]),
        ("DO 'BEGIN EXECUTE ''DROP TABLE \"Ä\"''; END'", [("DropObject", 'DROP TABLE "Ä"')]),
        ("DO E'BEGIN\\n DROP TABLE \\'\\'; END'", [("UnreadableSql", "\\'\\'")]),
        ("DO $$ <<l>> DECLARE a int; BEGIN LOOP TRUNCATE t; END LOOP l; END l $$", [("Truncate", "TRUNCATE t")]),
        (
            "DO $$ BEGIN IF f() THEN DROP TABLE a; ELSIF b THEN TRUNCATE b; ELSE DROP TABLE c; END IF; END $$",
            [
                ("CallFunction", "f"),
                ("DropObject", "DROP TABLE a"),
                ("Truncate", "TRUNCATE b"),
                ("DropObject", "DROP TABLE c"),
            ],
        ),
        ("DO $$ BEGIN CASE x WHEN 1, 2 THEN TRUNCATE t; ELSE NULL; END CASE; END $$", [("Truncate", "TRUNCATE t")]),
        ("DO $$ BEGIN FOR i IN REVERSE 3 .. 1 BY 2 LOOP TRUNCATE t; END LOOP; END $$", [("Truncate", "TRUNCATE t")]),
        (
            "DO $$ BEGIN FOREACH x SLICE 1 IN ARRAY f() LOOP TRUNCATE t; END LOOP; END $$",
            [("CallFunction", "f"), ("Truncate", "TRUNCATE t")],
        ),
        (
            "DO $$ BEGIN WHILE f() LOOP CONTINUE WHEN g(); END LOOP; END $$",
            [("CallFunction", "f"), ("CallFunction", "g")],
        ),
        (
            "DO $$ BEGIN RAISE NOTICE '%, %', 1, f() USING HINT = g(); ASSERT h(), 'x'; END $$",
            [("CallFunction", "f"), ("CallFunction", "g"), ("CallFunction", "h")],
        ),
        (
            "DO $$ DECLARE a int := f(); b CONSTANT text DEFAULT g(); BEGIN a[1] := h(); END $$",
            [("CallFunction", "f"), ("CallFunction", "g"), ("CallFunction", "h")],
        ),
        (
            "DO $$ DECLARE c CURSOR FOR DELETE FROM t RETURNING 1; BEGIN OPEN c; END $$",
            [("Delete", "DELETE FROM t RETURNING 1")],
        ),
        (
            "DO $$ BEGIN SELECT f() INTO STRICT a, b.c FROM t; END $$",
            [("Read", "SELECT f() INTO STRICT a, b.c FROM t"), ("CallFunction", "f")],
        ),
        (
            "DO $$ BEGIN INSERT INTO t SELECT 1; DELETE FROM t RETURNING a INTO b; END $$",
            [("Insert", "INSERT INTO t SELECT 1"), ("Delete", "DELETE FROM t RETURNING a")],
        ),
        (
            "DO $$ BEGIN DROP TABEL a; DROP TABLE b; END $$",
            [("UnreadableSql", "TABEL"), ("DropObject", "DROP TABLE b")],
        ),
        (
            "DO $$ BEGIN IF a DROP TABLE b; END IF; DROP TABLE c; END $$",
            [("UnreadableSql", "a"), ("DropObject", "DROP TABLE c")],
        ),
        ("DO LANGUAGE plperl $$ drop() $$", [("Opaque", " drop() ")]),
        ("DO $$ #variable_conflict use_column\nBEGIN TRUNCATE t; END $$", [("Truncate", "TRUNCATE t")]),
        (
            (
                "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.x := 1; DELETE FROM t; RETURN NEW; END $$"
            ),
            [("Delete", "DELETE FROM t")],
        ),
        (
            (
                "CREATE FUNCTION f(a app.x%TYPE) RETURNS SETOF y LANGUAGE 'plpgsql' AS $$ BEGIN "
                "RETURN QUERY DELETE FROM t; RETURN NEXT g(); RETURN QUERY EXECUTE 'TRUNCATE u'; END $$"
            ),
            [("Delete", "DELETE FROM t"), ("CallFunction", "g"), ("Truncate", "TRUNCATE u")],
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ DELETE FROM t; TRUNCATE u; SELECT 1 $$",
            [("Delete", "DELETE FROM t"), ("Truncate", "TRUNCATE u"), ("Read", "SELECT 1")],
        ),
        ("CREATE FUNCTION f() RETURNS int RETURN g(1)", [("CallFunction", "g")]),
        (
            "CREATE FUNCTION f() RETURNS int AS 'a.so', 'f' LANGUAGE c",
            [("Opaque", "CREATE FUNCTION f() RETURNS int AS 'a.so', 'f' LANGUAGE c")],
        ),
        (
            "CREATE RULE r AS ON UPDATE TO t DO ALSO DELETE FROM u",
            [("Delete", "CREATE RULE r AS ON UPDATE TO t DO ALSO DELETE FROM u")],
        ),
        ("EXPLAIN (ANALYZE) DELETE FROM t", []),
    ],
)
def test_what_a_body_does(text: str, expected: list[tuple[str, str]]) -> None:
    assert operations(text) == expected


def test_what_stands_around() -> None:
    text = """CREATE PROCEDURE p() LANGUAGE plpgsql AS $$
    BEGIN
      BEGIN
        FOR r IN SELECT 1 LOOP IF r.a THEN CREATE TABLE t (); END IF; END LOOP;
      EXCEPTION WHEN duplicate_table OR SQLSTATE '42701' THEN COMMIT;
      END;
    END $$"""
    (table,) = inner(text, CreateTable)
    kinds = [frame.kind for frame in table.inside]
    assert kinds == [FrameKind.FUNCTION, FrameKind.PROTECTED, FrameKind.LOOP, FrameKind.BRANCH]
    assert [frame.text for frame in table.inside if frame.kind is FrameKind.PROTECTED] == [
        "duplicate_table or sqlstate '42701'"
    ]
    assert table.is_stored
    (commit,) = inner(text, Transaction)
    assert commit.is_within(FrameKind.HANDLER)
    (now,) = inner("DO $$ BEGIN DROP TABLE t; END $$", DropObject)
    assert not now.is_stored


def test_a_deep_nest_keeps_its_places() -> None:
    text = "DO $o$ BEGIN EXECUTE 'DO $i$ BEGIN EXECUTE ''DELETE FROM \"ü''''s\"''; END $i$'; END $o$"
    (delete,) = inner(text, Delete)
    assert isinstance(delete, Delete)
    assert delete.table.name == "ü's"
    assert text[delete.span.start : delete.span.end] == "DELETE FROM \"ü''''s\""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("EXECUTE 'DROP TABLE a'", "drop a"),
        ("EXECUTE 'DROP ' || 'TABLE' || ' a'", "drop a"),
        ("EXECUTE format('DROP TABLE %I', 'A b')", 'drop "A b"'),
        ("EXECUTE format('DROP TABLE %2$I.%1$s', 'a', 's')", "drop s.a"),
        ("EXECUTE format('DROP TABLE %I', x.name)", 'drop "…x.name"'),
        ("EXECUTE 'DROP TABLE ' || quote_ident(x)", 'drop "…x"'),
        ("EXECUTE 'DROP TABLE ' || x::regclass", 'drop "…x"'),
        ("EXECUTE concat('DROP TABLE ', 'a')", "drop a"),
        ("EXECUTE concat_ws(' ', 'DROP', 'TABLE', 'a')", "drop a"),
        ("EXECUTE coalesce(x, 'DROP TABLE a')", "drop a, opaque x"),
        ("EXECUTE CASE WHEN b THEN 'DROP TABLE a' ELSE 'DROP TABLE c' END", "drop a, drop c"),
        ("EXECUTE 'DROP TABLE ' || x", 'drop "…x", opaque x'),
        ("EXECUTE x", "opaque x"),
        ("EXECUTE f()", "opaque f()"),
        ("v := 'DROP TABLE a'; EXECUTE v", "drop a"),
        ("v := 'DROP '; v := v || 'TABLE a'; EXECUTE v", "drop a"),
        ("v := 'DROP TABLE a'; v := f(); EXECUTE v", "opaque f()"),
        ("IF b THEN v := 'DROP TABLE a'; ELSE v := 'DROP TABLE c'; END IF; EXECUTE v", "drop a, drop c"),
        ("v := 'SELECT 1'; IF b THEN v := 'DROP TABLE a'; END IF; EXECUTE v", "drop a"),
        ("v := 'DROP TABLE a'; WHILE b LOOP EXECUTE v; v := f(); END LOOP", "opaque v"),
        ("SELECT 'DROP TABLE a' INTO v; EXECUTE v", "drop a"),
        ("SELECT string_agg(format('DROP TABLE %I', n), ';') INTO v FROM t; EXECUTE v", 'drop "…n"'),
        ("FOR r IN SELECT format('DROP TABLE %I', n) AS q FROM t LOOP EXECUTE r.q; END LOOP", 'drop "…n"'),
        ("FOR i IN 1..3 LOOP EXECUTE 'DROP TABLE part_' || i; END LOOP", "drop part_0"),
        ("FOREACH v IN ARRAY ARRAY['DROP TABLE a', 'SELECT 1'] LOOP EXECUTE v; END LOOP", "drop a"),
        ("FOR r IN SELECT unnest(ARRAY['a', 'b']) AS n LOOP EXECUTE 'DROP TABLE ' || r.n; END LOOP", "drop a, drop b"),
        ("v := CASE WHEN b THEN 'DROP' ELSE 'ADD' END; EXECUTE v || ' TABLE a'", "drop a"),
        ("EXECUTE array_to_string(ARRAY['DROP TABLE a'], ';')", "drop a"),
        ("EXECUTE format('SELECT %L', 'DROP TABLE a')", ""),
        ("EXECUTE 'SELECT 1 WHERE a = ' || quote_literal(x)", ""),
        ("EXECUTE 'SELECT 1' USING 'DROP TABLE a'", ""),
    ],
)
def test_dynamic_sql_is_folded(body: str, expected: str) -> None:
    text = f"DO $$ DECLARE v text; x record; r record; BEGIN {body}; END $$"
    found = parse_section(Section(Source("m.sql", text), Span(0, len(text)))).statements[0].operations
    drops = [f"drop {operation.name}" for operation in found if isinstance(operation, DropObject)]
    drops += [f"opaque {operation.why.rpartition(' ')[2]}" for operation in found if isinstance(operation, Opaque)]
    assert ", ".join(drops) == expected
    assert not [operation for operation in found if isinstance(operation, UnreadableSql)]


def _queries(node: object) -> list[str]:
    """Every statement of SQL in a structure, in order."""
    found: list[str] = []
    waiting: list[object] = [node]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Sql):
            found.append(" ".join(one.text.text.split()))
        elif isinstance(one, Execute):
            found.append(" ".join(one.expression.text.split()))
        elif isinstance(one, Loop) and one.query is not None:
            found.append(" ".join(one.query.text.split()))
            waiting = [one.body, *waiting]
        elif isinstance(one, tuple):
            waiting = [*one, *waiting]
        elif hasattr(one, "__dataclass_fields__") and type(one).__module__.endswith("nodes"):
            waiting = [*(getattr(one, name) for name in one.__dataclass_fields__), *waiting]
    return found


PARTS = [
    "DELETE FROM t WHERE a = 1;",
    "SELECT a INTO b FROM t;",
    "IF a THEN DROP TABLE x; ELSE TRUNCATE y; END IF;",
    "FOR r IN SELECT a FROM t LOOP UPDATE t SET b = r.a; END LOOP;",
    "WHILE a LOOP DELETE FROM u; EXIT WHEN b; END LOOP;",
    "BEGIN DROP TABLE z; EXCEPTION WHEN others THEN INSERT INTO l VALUES (1); END;",
    "EXECUTE 'DROP ' || 'TABLE w';",
    "CASE a WHEN 1 THEN TRUNCATE c; ELSE NULL; END CASE;",
    "a := b + 1; PERFORM f(a);",
    "LOOP DELETE FROM v; EXIT; END LOOP;",
    "GET DIAGNOSTICS a = ROW_COUNT; RAISE NOTICE '%', a;",
    "FOR i IN 1..3 LOOP INSERT INTO n VALUES (i); END LOOP;",
]


def test_the_structure_is_the_one_that_postgresql_reads() -> None:
    """libpg_query's own PL/pgSQL parser is the witness, on bodies that it can read."""
    dice = random.Random(11)
    for _ in range(150):
        parts = " ".join(dice.choice(PARTS) for _ in range(dice.randint(1, 6)))
        body = f"DECLARE a int; b int; i int; r record; BEGIN {parts} END"
        theirs = library_queries(f"DO $body$ {body} $body$")
        ours: Node = parse_body(map_plain(body, 0))
        assert _queries(ours) == theirs, body


def library_queries(text: str) -> list[str]:
    import json

    from postgast.native import lib

    result = lib.pg_query_parse_plpgsql(text.encode())
    try:
        assert not result.error, result.error.contents.message
        tree = json.loads(result.plpgsql_funcs)
    finally:
        lib.pg_query_free_plpgsql_parse_result(result)
    found: list[str] = []

    def walk(node: object, key: str = "") -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                if name in ("PLpgSQL_stmt_execsql", "PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_fors"):
                    inner = value.get("sqlstmt") or value.get("query")
                    found.append(" ".join(inner["PLpgSQL_expr"]["query"].split()))
                    walk({key: each for key, each in value.items() if key not in ("sqlstmt", "query")})
                else:
                    walk(value, name)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(tree)
    return found


def test_calls_are_told_with_what_they_are_for() -> None:
    for_effect = [
        operation.for_effect
        for operation in inner("SELECT f(g()); SELECT f() FROM t; CALL p(); SELECT * FROM h()", CallFunction)
    ]  # type: ignore[attr-defined]
    assert for_effect == [True, False, False, True, True]


def test_columns_and_truncates_within_functions_are_acts() -> None:
    body = "begin alter table t drop column a, drop b; truncate c, d; end"
    text = f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS '{body}'"
    assert [str(operation.column) for operation in inner(text, DropColumn)] == ["a", "b"]  # type: ignore[attr-defined]
    assert [str(operation.table) for operation in inner(text, Truncate)] == ["c", "d"]  # type: ignore[attr-defined]
