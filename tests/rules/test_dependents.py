"""What a drop takes along is named where the text tells of it."""

import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.files import read_text

GIVEN = """
    CREATE TABLE customers (id bigint PRIMARY KEY, email text, phone text);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint REFERENCES customers, a int, b int, UNIQUE (a, b));
    CREATE INDEX orders_a_idx ON orders (a, customer);
    CREATE VIEW phones AS SELECT id, phone FROM customers;
    CREATE VIEW numbers AS SELECT phone FROM phones;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();
"""


def messages(text: str, rule: str) -> list[str]:
    texts = (GIVEN, text)
    migrations = [read_text(f"{number}_x.sql", each, "node-pg-migrate") for number, each in enumerate(texts)]
    result = analyze(migrations, LintOptions(only={migrations[1].name}))
    return [finding.message for finding in result.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "DROP TABLE customers CASCADE;",
            ["the view phones", "the view numbers", "the foreign key orders_customer_fkey of orders"],
        ),
        ("ALTER TABLE customers DROP COLUMN phone CASCADE;", ["the view phones", "the view numbers"]),
        ("ALTER TABLE customers DROP COLUMN id CASCADE;", ["the view phones", "the foreign key orders_customer_fkey"]),
        ("ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE;", ["the foreign key orders_customer_fkey"]),
        ("DROP FUNCTION f() CASCADE;", ["the trigger t on orders"]),
        ("DROP VIEW phones CASCADE;", ["the view numbers"]),
    ],
)
def test_cascade_names_what_it_takes(text: str, names: list[str]) -> None:
    (message,) = messages(text, "cascade-drops-more")
    assert all(name in message for name in names), message


def test_cascade_names_nothing_that_stays() -> None:
    (message,) = messages("ALTER TABLE customers DROP COLUMN email CASCADE;", "cascade-drops-more")
    assert "the view" not in message
    assert "the foreign key" not in message


def test_a_column_names_the_indexes_and_keys_of_others() -> None:
    (message,) = messages("ALTER TABLE orders DROP COLUMN a;", "drop-column")
    assert message.endswith(", and the index orders_a_idx, the constraint orders_a_b_key")
    (message,) = messages("ALTER TABLE customers DROP COLUMN email;", "drop-column")
    assert message == "drops customers.email with all its values"


@pytest.mark.parametrize(
    ("drop", "told"),
    [
        ("f, g, h", "the function f, including the trigger t on orders"),
        ("g, h", "the function g and 1 more"),
    ],
)
def test_cascade_is_told_once_for_what_nothing_depends_on(drop: str, told: str) -> None:
    functions = "".join(f"CREATE FUNCTION {name}() RETURNS int LANGUAGE sql AS 'SELECT 1';" for name in "gh")
    texts = (GIVEN, functions, f"DROP FUNCTION {drop} CASCADE;")
    migrations = [read_text(f"{number}_x.sql", each, "node-pg-migrate") for number, each in enumerate(texts)]
    found = [one.message for one in analyze(migrations).findings if one.rule == "cascade-drops-more"]
    assert found == [f"drops everything that depends on {told}"]


COPIED = (
    "ALTER TABLE customers ADD COLUMN c text; UPDATE customers SET {sets}; ALTER TABLE customers DROP COLUMN phone;"
)


@pytest.mark.parametrize(
    ("sets", "then", "lost"),
    [
        ("c = phone", "ALTER TABLE customers RENAME COLUMN c TO phone;", []),
        ("c = phone::text", "ALTER TABLE customers RENAME COLUMN c TO phone;", []),
        ("(id, c) = (id, phone)", "ALTER TABLE customers RENAME COLUMN c TO phone;", []),
        ("(id, c) = (SELECT 1, 'x')", "ALTER TABLE customers RENAME COLUMN c TO phone;", ["phone"]),
        ("c = phone", "", ["phone"]),
        ("c = lower(phone)", "ALTER TABLE customers RENAME COLUMN c TO phone;", ["phone"]),
        ("c = phone::char(3)", "ALTER TABLE customers RENAME COLUMN c TO phone;", ["phone"]),
        ("c = phone WHERE id > 7", "ALTER TABLE customers RENAME COLUMN c TO phone;", ["phone"]),
        ("c = phone; UPDATE customers SET c = NULL", "ALTER TABLE customers RENAME COLUMN c TO phone;", ["phone"]),
        ("c = phone; COMMIT; BEGIN", "ALTER TABLE customers RENAME COLUMN c TO phone;", ["phone"]),
        ("c = phone", "ALTER TABLE customers RENAME COLUMN c TO phone; UPDATE customers SET phone = '';", ["phone"]),
        (
            "c = phone",
            "ALTER TABLE customers RENAME COLUMN c TO phone; ALTER TABLE customers DROP COLUMN phone;",
            ["phone", "phone"],
        ),
    ],
)
def test_a_column_that_a_full_copy_replaces_is_not_lost(sets: str, then: str, lost: list[str]) -> None:
    found = messages(COPIED.format(sets=sets) + then, "drop-column")
    assert [message.split()[1] for message in found] == [f"customers.{name}" for name in lost]


def test_a_copy_whose_type_rounds_is_a_loss() -> None:
    given = "CREATE TABLE prices (id int, amount numeric(9, 2));"
    text = (
        "ALTER TABLE prices ADD COLUMN c {}; UPDATE prices SET c = amount; ALTER TABLE prices DROP COLUMN amount;"
        " ALTER TABLE prices RENAME COLUMN c TO amount;"
    )
    for kind, lost in (("numeric(12, 2)", False), ("integer", True)):
        texts = (given, text.format(kind))
        migrations = [read_text(f"{number}_x.sql", each, "node-pg-migrate") for number, each in enumerate(texts)]
        rules = {finding.rule for finding in analyze(migrations).findings}
        assert ("drop-column" in rules) is lost, kind


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        ("ALTER TABLE customers DROP COLUMN phone;", True),
        ("ALTER TABLE customers DROP COLUMN email;", False),
        ("DROP VIEW phones, numbers;", False),
        ("DROP VIEW phones;", True),
        ("DROP VIEW numbers; DROP VIEW phones; ALTER TABLE customers DROP COLUMN phone;", False),
        ("DROP TABLE customers;", True),
        ("DROP VIEW numbers, phones; DROP TABLE orders, customers;", False),
        ("DROP FUNCTION f();", True),
        ("DROP TRIGGER t ON orders; DROP FUNCTION f();", False),
        ("DROP TABLE orders; DROP FUNCTION f();", False),
        (
            "CREATE OR REPLACE VIEW phones AS SELECT id, NULL AS phone FROM orders; DROP TABLE customers CASCADE;",
            False,
        ),
    ],
)
def test_what_is_needed_cannot_be_dropped(text: str, fails: bool) -> None:
    assert bool(messages(text, "still-needed-by-others")) is fails
