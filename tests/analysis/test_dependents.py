"""What the judge remembers of a table's views, keys, indexes and triggers when it is dropped or renamed."""

import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.analysis.schema.track_schema import track_operation
from rowkeep.domain.lint.context import Context
from rowkeep.domain.migration import Direction
from rowkeep.domain.operation import Name
from rowkeep.domain.schema.schema_state import Key, SchemaState
from rowkeep.files import read_text
from rowkeep.parse import parse_section

GIVEN = """
    CREATE TABLE customers (id bigint PRIMARY KEY, email text, phone text);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint REFERENCES customers, note text);
    CREATE INDEX orders_note_idx ON orders (note, customer);
    CREATE VIEW phones AS SELECT id, phone FROM customers;
    CREATE VIEW numbers AS SELECT phone FROM phones;
    CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();
"""


def after(text: str) -> Context:
    migration = read_text("1_x.sql", GIVEN + text, "node-pg-migrate")
    context = Context(migration, Direction.UP, SchemaState(), 14)
    for statement in parse_section(migration.up).statements:
        for operation in statement.operations:
            track_operation(operation, context)
    return context


def test_nothing_happens_to_them_by_themselves() -> None:
    context = after("")
    assert [table.key[1] for table, _ in context.referring(Name("customers"))] == ["orders"]
    assert [view.key[1] for view in context.readers(Name("customers"))] == ["phones"]
    assert [view.key[1] for view in context.readers(Name("customers"), Name("phone"))] == ["phones"]
    assert not context.readers(Name("customers"), Name("email"))
    assert context.known.triggers == {(("public", "orders"), "t"): ("public", "f")}
    customers = context.table(Name("customers"))
    assert customers is not None
    assert customers.columns["id"].is_not_null


def test_cascade_takes_views_and_keys_along() -> None:
    context = after("DROP TABLE customers CASCADE;")
    assert not context.known.views
    orders = context.table(Name("orders"))
    assert orders is not None
    assert [each.name for each in orders.constraints] == ["orders_pkey"]


def test_a_table_takes_its_indexes_and_triggers_along() -> None:
    context = after("DROP TABLE orders;")
    assert not context.known.indexes
    assert not context.known.triggers
    assert len(context.known.views) == 2


def test_a_column_takes_its_indexes_and_keys_along() -> None:
    context = after("ALTER TABLE orders DROP COLUMN customer;")
    assert not context.known.indexes
    assert not context.referring(Name("customers"))


def test_a_column_takes_the_views_that_name_it() -> None:
    assert len(after("ALTER TABLE customers DROP COLUMN email CASCADE;").known.views) == 2
    assert not after("ALTER TABLE customers DROP COLUMN phone CASCADE;").known.views


def test_everything_follows_a_rename() -> None:
    context = after(
        "ALTER TABLE customers RENAME TO people; ALTER TABLE orders SET SCHEMA shop;"
        "ALTER TABLE shop.orders RENAME COLUMN customer TO buyer; ALTER VIEW phones RENAME TO dials;"
    )
    assert [view.key[1] for view in context.readers(Name("people"))] == ["dials"]
    assert [view.key[1] for view in context.readers(Name("dials"))] == ["numbers"]
    ((table, constraint),) = context.referring(Name("people", "public"))
    assert table.key == ("shop", "orders")
    assert [column.name for column in constraint.constraint.columns] == ["buyer"]
    assert [index.columns for index in context.known.indexes.of(("shop", "orders"))] == [("note", "buyer")]
    assert list(context.known.triggers) == [(("shop", "orders"), "t")]


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("SELECT * FROM customers", {"id", "email", "phone"}),
        ("SELECT c.*, o.note FROM customers c JOIN orders o ON o.customer = c.id", {"id", "email", "phone"}),
        ("SELECT o.note, (SELECT email FROM customers c WHERE c.id = o.customer) FROM orders o", {"id", "email"}),
        ("SELECT note FROM orders, customers", set()),
        ("SELECT email FROM orders, customers", {"email"}),
        ("SELECT email FROM customers, unheard_of", set()),
    ],
)
def test_a_view_needs_the_columns_that_were_there(view: str, columns: set[str]) -> None:
    context = after(f"CREATE VIEW v AS {view}; ALTER TABLE customers ADD COLUMN later text;")
    names = ("id", "email", "phone", "later")
    assert {name for name in names if ("public", "v") in _readers(context, "customers", name)} == columns


def test_a_star_of_a_table_from_elsewhere_is_what_it_was() -> None:
    context = after("CREATE VIEW v AS SELECT * FROM elsewhere; ALTER TABLE elsewhere ADD COLUMN later text;")
    assert _readers(context, "elsewhere", "before") == [("public", "v")]
    assert not _readers(context, "elsewhere", "later")


def _readers(context: Context, table: str, column: str) -> list[Key]:
    return [view.key for view in context.readers(Name(table), Name(column))]


LOOP = "FOR t IN SELECT name FROM tables LOOP EXECUTE format('{}', t); END LOOP;"
MADE = "EXECUTE format('CREATE TABLE %I (id int)', {});"
DROP = "EXECUTE format('DROP TABLE %I', {});"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (MADE.format("a") + DROP.format("a"), 0),
        (MADE.format("a") + DROP.format("b"), 1),
        ("FOR a IN SELECT n FROM x LOOP " + MADE.format("a") + DROP.format("a") + " END LOOP;", 0),
        ("FOR a IN SELECT n FROM x LOOP " + MADE.format("a") + " END LOOP; " + DROP.format("a"), 1),
        ("IF now() > 'today' THEN " + MADE.format("a") + DROP.format("a") + " END IF;", 0),
        ("BEGIN " + MADE.format("a") + " EXCEPTION WHEN others THEN " + DROP.format("a") + " END;", 1),
        (LOOP.format("CREATE TABLE %I (id int)") + LOOP.format("DROP TABLE %I"), 1),
        (MADE.format("a") + " END $$; DO $$ BEGIN " + DROP.format("a"), 1),
    ],
)
def test_a_table_behind_a_variable_is_new_as_long_as_the_variable_means_it(body: str, found: int) -> None:
    migration = read_text("1_x.sql", f"DO $$ BEGIN {body} END $$;", "node-pg-migrate")
    findings = analyze([migration], LintOptions(select=("drop-table",))).findings
    assert len(findings) == found
