"""Operations on views, functions, partitions and types."""

import pytest

from rowkeep.domain.operation import (
    UNKNOWN,
    AddConstraint,
    AlterObject,
    AlterTable,
    AttachPartition,
    Bound,
    CreateFunction,
    CreateTable,
    CreateView,
    DropObject,
    Name,
    Operation,
)
from rowkeep.files import read_text
from rowkeep.parse import parse_section


def operations(text: str) -> list[Operation]:
    migration = read_text("1_x.sql", text, "node-pg-migrate")
    return [operation for statement in parse_section(migration.up).statements for operation in statement.operations]


def view(text: str) -> CreateView:
    found = operations(text)[0]
    assert isinstance(found, CreateView)
    return found


def test_a_view_names_its_columns_and_what_it_needs() -> None:
    one = view(
        "CREATE VIEW v (x) AS SELECT t.a, b AS c, count(*), e::text, CASE WHEN f THEN 1 END FROM t JOIN u USING (k)"
    )
    assert one.columns == ("x", "c", "count", "e", "case")
    assert one.uses == {(Name("t"), "a"), (None, "b"), (None, "e"), (None, "f"), (None, "k")}


def test_a_star_and_an_expression_hide_the_columns() -> None:
    assert view("CREATE VIEW v AS SELECT * FROM t").columns is None
    assert view("CREATE VIEW v AS SELECT a, 1 + 1 FROM t").columns is None
    assert view("CREATE VIEW v (x, y) AS SELECT a, 1 + 1 FROM t").columns == ("x", "y")
    assert view("CREATE MATERIALIZED VIEW v AS SELECT a FROM t UNION SELECT b FROM u").columns == ("a",)


@pytest.mark.parametrize(
    ("query", "uses"),
    [
        ("SELECT * FROM t", {("t", "*")}),
        ("SELECT x.* FROM t x, u", {("t", "*")}),
        ("SELECT * FROM t, u", {("t", "*"), ("u", "*")}),
        ("SELECT a FROM t NATURAL JOIN u", {("", "a"), ("t", "*"), ("u", "*")}),
        ("SELECT t FROM t", {("t", "*")}),
        ("SELECT * FROM (SELECT a FROM t) x", {("", "a")}),
        ("SELECT x.b FROM (SELECT a AS b FROM t) x", {("", "a")}),
        ("WITH w AS (SELECT a FROM t) SELECT w.a, u.b FROM w, u", {("", "a"), ("u", "b")}),
        (
            "SELECT p.a, (SELECT n FROM u x WHERE x.id = p.b) FROM t p",
            {("t", "a"), ("t", "b"), ("u", "id"), ("", "n")},
        ),
        ("SELECT s.t.a FROM s.t", {("t", "a")}),
    ],
)
def test_a_view_needs_columns_of_its_relations(query: str, uses: set[tuple[str, str]]) -> None:
    found = view(f"CREATE VIEW v AS {query}").uses
    assert {(name.name if name else "", column) for name, column in found} == uses


def test_a_function_is_named_by_its_types() -> None:
    made, *dropped = operations(
        "CREATE FUNCTION f(a int, OUT b text, c bigint[]) RETURNS SETOF record LANGUAGE sql AS '';"
        "DROP FUNCTION f(int, text[]), g, h();"
    )
    assert isinstance(made, CreateFunction)
    assert (made.types, made.returns) == (("int4", "int8[]"), "setof record")
    assert [each.arguments for each in dropped if isinstance(each, DropObject)] == [("int4", "text[]"), None, ()]


def test_the_bounds_of_a_partition() -> None:
    attached, other, made = operations(
        "ALTER TABLE a ATTACH PARTITION b FOR VALUES FROM ('x', MINVALUE) TO (5, now()::text);"
        "ALTER TABLE a ATTACH PARTITION c DEFAULT;"
        "CREATE TABLE d PARTITION OF a FOR VALUES IN (1, NULL);"
    )
    assert isinstance(attached, AttachPartition)
    assert attached.bound == Bound(("x", None), ("5", UNKNOWN))
    assert isinstance(other, AttachPartition)
    assert other.bound is None
    assert other.is_default
    assert isinstance(made, CreateTable)
    assert made.bound == Bound(values=("1", None))


def test_an_attribute_is_no_column() -> None:
    found = operations(
        "ALTER TYPE size DROP ATTRIBUTE depth CASCADE, ADD ATTRIBUTE width int, ALTER ATTRIBUTE h TYPE text"
    )
    assert [(each.action, dict(each.options)["attribute"]) for each in found if isinstance(each, AlterObject)] == [
        ("DROP ATTRIBUTE", "depth"),
        ("ADD ATTRIBUTE", "width"),
        ("ALTER ATTRIBUTE", "h"),
    ]


def test_the_replica_identity_is_told() -> None:
    found = operations("ALTER TABLE t REPLICA IDENTITY NOTHING; ALTER TABLE t REPLICA IDENTITY USING INDEX i;")
    assert [(each.options, each.subject and each.subject.name) for each in found if isinstance(each, AlterTable)] == [
        ((("identity", "NOTHING"),), None),
        ((("identity", "USING INDEX"),), "i"),
    ]


def test_a_constraint_of_the_parent_alone() -> None:
    found = operations("ALTER TABLE ONLY t ADD UNIQUE (a), ADD UNIQUE (b); ALTER TABLE t ADD UNIQUE (c);")
    assert [each.only for each in found if isinstance(each, AddConstraint)] == [True, True, False]
