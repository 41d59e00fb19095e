"""Rules of constraints, indexes, partitions, renames and drops in context: what they find, what they spare."""

import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.finding import Severity
from rowkeep.files import read_text

PARENT = """
    CREATE TABLE p (id int NOT NULL, d date NOT NULL, k text NOT NULL) PARTITION BY RANGE (d);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
"""
PARTITIONED = PARENT + "CREATE TABLE n (LIKE p); INSERT INTO n SELECT 1, '2027-05-05', 'a' FROM x;"
DEFAULT = PARTITIONED + "CREATE TABLE pd PARTITION OF p DEFAULT;"
ATTACH = "ALTER TABLE p ATTACH PARTITION n FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');"
PROOF = "ALTER TABLE n ADD CONSTRAINT c CHECK ({});"
YEAR = PROOF.format("d >= '2027-01-01' AND d < '2028-01-01'")
ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, a int, b int); CREATE TABLE old (id bigint PRIMARY KEY);"


def found(rule: str, *texts: str, major: int = 14) -> list[Severity]:
    """The severities that `rule` has for the last of the migrations."""
    migrations = [read_text(f"{number}_x.sql", each, "node-pg-migrate") for number, each in enumerate(texts)]
    options = LintOptions(major=major, only={migrations[-1].name}, select=(rule,))
    return [each.severity for each in analyze(migrations, options).findings if each.rule == rule]


ERROR, WARNING, NOTE = [Severity.ERROR], [Severity.WARNING], [Severity.NOTE]


@pytest.mark.parametrize(
    ("checks", "severities"),
    [
        ("", ERROR),
        (YEAR, []),
        (PROOF.format("d IS NOT NULL AND d >= date '2027-01-01' AND '2028-01-01'::date > d"), []),
        (PROOF.format("d >= '2027-02-01' AND d <= '2027-11-30'"), []),
        (PROOF.format("d BETWEEN '2027-01-01' AND '2027-12-31'"), []),
        (PROOF.format("d BETWEEN '2027-01-01' AND '2028-01-01'"), ERROR),
        (PROOF.format("d >= '2026-12-31' AND d < '2028-01-01'"), ERROR),
        (PROOF.format("d >= '2027-01-01'"), ERROR),
        (PROOF.format("d >= '2027-01-01' AND d < '2028-01-01' OR id = 1"), ERROR),
        (PROOF.format("d >= '2027-01-01 00:00:00+00' AND d < '2028-01-01T00:00:00Z'"), []),
        (PROOF.format("d >= '2027-01-01' AND d < '2028-01-01'").replace(");", ") NOT VALID;"), ERROR),
        (YEAR + "ALTER TABLE n ALTER COLUMN d DROP NOT NULL;", ERROR),
        (YEAR + "ALTER TABLE n DROP CONSTRAINT c;", ERROR),
    ],
)
def test_a_check_proves_the_bounds(checks: str, severities: list[Severity]) -> None:
    assert found("attach-scans-table", PARTITIONED, checks, ATTACH) == severities


@pytest.mark.parametrize(
    ("check", "severities"),
    [
        ("true", ERROR),
        ("d < '2027-01-01' OR d >= '2028-01-01'", []),
        ("d IS NULL OR d < '2026-01-01' OR d >= '2029-01-01'", []),
        ("NOT (d >= '2027-01-01' AND d < '2028-01-01')", []),
        ("d < '2027-01-01'", []),
        ("d < '2027-06-01' OR d >= '2028-01-01'", ERROR),
        ("d < '2027-01-01' OR k = 'x'", ERROR),
    ],
)
def test_a_check_spares_the_default_partition(check: str, severities: list[Severity]) -> None:
    checks = YEAR + f"ALTER TABLE pd ADD CONSTRAINT e CHECK ({check});"
    assert found("attach-scans-table", DEFAULT, checks, ATTACH) == severities


@pytest.mark.parametrize(
    ("check", "values", "severities"),
    [
        ("k IN ('a', 'b')", "'a', 'b', 'c'", []),
        ("k = 'a'", "'a'", []),
        ("k = ANY (ARRAY['a', 'b'])", "'a', 'b'", []),
        ("k IN ('a', 'b')", "'a'", ERROR),
        ("k <> 'a'", "'a'", ERROR),
    ],
)
def test_a_check_proves_a_list(check: str, values: str, severities: list[Severity]) -> None:
    given = (
        "CREATE TABLE l (k text NOT NULL) PARTITION BY LIST (k); CREATE TABLE n (LIKE l); INSERT INTO n VALUES ('a');"
    )
    attach = f"ALTER TABLE l ATTACH PARTITION n FOR VALUES IN ({values});"
    assert found("attach-scans-table", given, PROOF.format(check), attach) == severities


def test_an_empty_or_unknown_table_is_attached() -> None:
    made = "CREATE TABLE {} n (LIKE p);" + ATTACH
    assert found("attach-scans-table", PARENT, made.format("")) == []
    assert found("attach-scans-table", PARENT, made.format("IF NOT EXISTS")) == NOTE
    assert found("attach-scans-table", ATTACH) == ERROR
    assert found("attach-scans-table", "ALTER TABLE p ATTACH PARTITION n DEFAULT;") == ERROR


@pytest.mark.parametrize(
    ("texts", "severities"),
    [
        ((ORDERS, "ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES old;"), ERROR),
        ((ORDERS, "ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES old NOT VALID;"), []),
        ((ORDERS, "CREATE TABLE n (a int); ALTER TABLE n ADD FOREIGN KEY (a) REFERENCES old;"), []),
        ((ORDERS, "CREATE TABLE IF NOT EXISTS n (a int); ALTER TABLE n ADD FOREIGN KEY (a) REFERENCES old;"), NOTE),
        ((ORDERS, "CREATE TEMP TABLE n (a int); ALTER TABLE n ADD FOREIGN KEY (a) REFERENCES old;"), []),
        (("ALTER TABLE orders ALTER CONSTRAINT fk ENFORCED;",), ERROR),
        (("ALTER TABLE orders ALTER CONSTRAINT fk DEFERRABLE;",), []),
    ],
)
def test_foreign_keys(texts: tuple[str, ...], severities: list[Severity]) -> None:
    assert found("foreign-key-blocks-writes", *texts) == severities


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("ALTER TABLE orders VALIDATE CONSTRAINT c;", []),
        (
            "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c;",
            ERROR,
        ),
        ("ALTER TABLE old ADD COLUMN x int; ALTER TABLE orders VALIDATE CONSTRAINT c;", []),
        (
            "CREATE TRIGGER t AFTER INSERT ON orders EXECUTE FUNCTION f(); ALTER TABLE orders VALIDATE CONSTRAINT c;",
            ERROR,
        ),
        (
            "ALTER TABLE old ADD FOREIGN KEY(a) REFERENCES orders NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT c",
            ERROR,
        ),
        ("BEGIN; ALTER TABLE orders ADD COLUMN x int; COMMIT; ALTER TABLE orders VALIDATE CONSTRAINT c;", []),
        ("CREATE INDEX CONCURRENTLY i ON orders (a); ALTER TABLE orders VALIDATE CONSTRAINT c;", []),
    ],
)
def test_validation_behind_a_lock(text: str, severities: list[Severity]) -> None:
    assert found("validate-under-lock", ORDERS, text) == severities


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("ALTER TABLE orders ADD PRIMARY KEY USING INDEX u;", NOTE),
        ("ALTER TABLE orders ALTER COLUMN a SET NOT NULL; ALTER TABLE orders ADD PRIMARY KEY USING INDEX u;", []),
        ("ALTER TABLE orders ADD CHECK (a IS NOT NULL); ALTER TABLE orders ADD PRIMARY KEY USING INDEX u;", []),
        ("ALTER TABLE orders ADD CHECK (a > 0); ALTER TABLE orders ADD PRIMARY KEY USING INDEX u;", ERROR),
    ],
)
def test_a_key_over_columns_that_may_be_null(text: str, severities: list[Severity]) -> None:
    given = "" if severities == NOTE else "CREATE TABLE orders (a int); CREATE UNIQUE INDEX u ON orders (a);"
    assert found("primary-key-scans-for-nulls", given, text) == severities


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("DROP INDEX i;", ERROR),
        ("DROP INDEX CONCURRENTLY i;", []),
        ("CREATE TABLE n (a int); CREATE INDEX ON n (a); DROP INDEX n_a_idx;", []),
        ("CREATE TABLE n (a int); CREATE INDEX ON n (a); CREATE INDEX ON n (a); DROP INDEX n_a_idx1;", []),
        ("CREATE TABLE n (a int); CREATE INDEX ON n (lower(a), a); DROP INDEX n_expr_a_idx;", []),
        ("CREATE TEMP TABLE n (a int); CREATE INDEX j ON n (a); DROP INDEX j;", []),
        ("CREATE SCHEMA s; CREATE TABLE s.n (a int); CREATE INDEX j ON s.n (a); DROP INDEX s.j;", []),
        ("CREATE INDEX j ON orders (a); DROP INDEX j;", ERROR),
    ],
)
def test_dropped_indexes(text: str, severities: list[Severity]) -> None:
    assert found("drop-index-blocks-everything", ORDERS, text) == severities


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("DROP INDEX CONCURRENTLY i; CREATE INDEX CONCURRENTLY j ON orders (a, b);", ERROR),
        ("DROP INDEX CONCURRENTLY i; CREATE INDEX CONCURRENTLY j ON orders (b);", []),
        ("CREATE INDEX CONCURRENTLY j ON orders (a, b); DROP INDEX CONCURRENTLY i;", []),
        ("DROP INDEX CONCURRENTLY IF EXISTS j; CREATE INDEX CONCURRENTLY j ON orders (a);", []),
        ("DROP INDEX j; CREATE INDEX CONCURRENTLY j ON orders (a);", WARNING),
        ("DROP INDEX i; CREATE INDEX i ON orders (a);", []),
        (
            "DROP INDEX CONCURRENTLY orders_b_idx; CREATE INDEX CONCURRENTLY orders_b_id_idx ON orders (b, id);",
            WARNING,
        ),
        ("DROP INDEX CONCURRENTLY orders_b_idx; CREATE INDEX CONCURRENTLY old_idx ON old (id);", []),
    ],
)
def test_an_index_and_its_successor(text: str, severities: list[Severity]) -> None:
    assert found("index-dropped-first", ORDERS + "CREATE INDEX i ON orders (a);", text) == severities


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("CREATE TABLE n (id bigint PRIMARY KEY, a bigint REFERENCES old);", NOTE),
        ("CREATE TABLE n (id bigint PRIMARY KEY, a bigint REFERENCES old); CREATE INDEX ON n (a, id);", []),
        ("CREATE TABLE n (id bigint, a bigint REFERENCES old, PRIMARY KEY (a, id));", []),
        ("CREATE TABLE n (id bigint, a bigint REFERENCES old, PRIMARY KEY (id, a));", NOTE),
        ("CREATE TABLE n (a bigint UNIQUE REFERENCES old);", []),
        ("CREATE TABLE n (a int, b int, FOREIGN KEY (a, b) REFERENCES old (id, x)); CREATE INDEX ON n (b, a);", []),
        ("CREATE TABLE n (a bigint REFERENCES old); DROP TABLE n;", []),
        ("CREATE TEMP TABLE n (a bigint REFERENCES old);", []),
    ],
)
def test_a_foreign_key_and_its_index(text: str, severities: list[Severity]) -> None:
    assert found("foreign-key-without-index", ORDERS, text) == severities


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("ALTER TABLE orders DROP CONSTRAINT positive;", WARNING),
        ("ALTER TABLE orders DROP CONSTRAINT unheard_of;", ERROR),
        ("ALTER TABLE orders DROP CONSTRAINT filled;", []),
        ("ALTER TABLE orders ALTER COLUMN a DROP NOT NULL; ALTER TABLE orders DROP CONSTRAINT filled;", WARNING),
        ("ALTER TABLE orders ALTER COLUMN b SET NOT NULL; ALTER TABLE orders DROP CONSTRAINT b_filled;", []),
        ("ALTER TABLE orders DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (a > 1) NOT VALID;", []),
        ("ALTER TABLE orders ADD CONSTRAINT m CHECK (a > 1) NOT VALID; ALTER TABLE orders DROP CONSTRAINT m;", []),
        ("ALTER TABLE p1 DROP CONSTRAINT bounds;", []),
    ],
)
def test_dropped_constraints(text: str, severities: list[Severity]) -> None:
    given = """
        CREATE TABLE orders (
          a int NOT NULL, b int, CONSTRAINT positive CHECK (a > 0), CONSTRAINT filled CHECK (a IS NOT NULL)
        );
        CREATE TABLE p (d int NOT NULL) PARTITION BY RANGE (d);
        CREATE TABLE p1 (d int NOT NULL, CONSTRAINT bounds CHECK (d >= 1 AND d < 2));
        ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (1) TO (2);
    """
    assert found("drop-constraint", given, text) == severities


@pytest.mark.parametrize(
    ("rule", "text", "severities"),
    [
        ("rename-column", "ALTER TABLE orders RENAME a TO c;", ERROR),
        ("rename-column", "ALTER TABLE orders ADD x int; ALTER TABLE orders RENAME x TO y;", []),
        ("rename-column", "ALTER TABLE orders RENAME a TO c; ALTER TABLE orders ADD COLUMN a int;", []),
        ("rename-column", "CREATE TABLE n (a int); ALTER TABLE n RENAME a TO b;", []),
        ("rename-table", "ALTER TABLE orders RENAME TO purchases;", ERROR),
        ("rename-table", "ALTER TABLE orders RENAME TO orders_retired;", []),
        ("rename-table", "ALTER TABLE orders RENAME TO o; CREATE VIEW orders AS SELECT * FROM o;", NOTE),
        ("rename-table", "CREATE TABLE n (a int); ALTER TABLE n RENAME TO m;", []),
        ("rename-table", "ALTER TABLE orders RENAME CONSTRAINT a TO b; ALTER INDEX i RENAME TO j;", []),
        ("rename-object", "ALTER TYPE t RENAME VALUE 'a' TO 'b';", ERROR),
        ("rename-object", "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e RENAME VALUE 'a' TO 'b';", []),
        ("rename-object", "ALTER TYPE t ADD VALUE 'a'; ALTER TYPE t RENAME VALUE 'a' TO 'b';", []),
        ("rename-object", "ALTER TRIGGER t ON orders RENAME TO u; ALTER POLICY p ON orders RENAME TO q;", []),
        ("move-to-schema", "ALTER TABLE orders SET SCHEMA retired;", []),
        ("move-to-schema", "ALTER TABLE orders SET SCHEMA shop;", ERROR),
        ("drop-type", "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e RENAME TO f; DROP TYPE f;", []),
        ("drop-type", "DROP TYPE mood;", ERROR),
        (
            "drop-function",
            "DROP FUNCTION f(int); CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
            [],
        ),
        (
            "drop-function",
            "DROP FUNCTION f(int); CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
            ERROR,
        ),
        ("drop-view", "DROP VIEW v; CREATE VIEW v AS SELECT 1 AS a;", NOTE),
        ("drop-materialized-view", "DROP MATERIALIZED VIEW v; ALTER MATERIALIZED VIEW w RENAME TO v;", NOTE),
        ("drop-sequence", "CREATE SEQUENCE s; DROP SEQUENCE s;", []),
        ("drop-role", "CREATE ROLE r; DROP ROLE r;", []),
        ("sequence-numbers-change", "SELECT setval('orders_id_seq', 5);", ERROR),
        ("sequence-numbers-change", "SELECT setval('orders_id_seq', max(id)) FROM orders;", []),
        ("sequence-numbers-change", "CREATE TABLE n (id serial); SELECT setval('n_id_seq', 5);", []),
        ("sequence-numbers-change", "ALTER SEQUENCE s OWNED BY orders.id; ALTER SEQUENCE s AS bigint;", []),
        ("rights-revoked", "REVOKE SELECT ON orders FROM shop;", ERROR),
        ("rights-revoked", "REVOKE SELECT ON orders FROM PUBLIC;", []),
        ("rights-revoked", "REVOKE ALL ON orders FROM shop; GRANT SELECT ON orders TO shop;", []),
        ("new-partition-blocks-everything", "CREATE TABLE n PARTITION OF unheard_of DEFAULT;", ERROR),
        ("concurrently-beside-others", "SET lock_timeout = 0; CREATE INDEX CONCURRENTLY i ON orders (a);", []),
        ("concurrently-beside-others", "DROP TABLE old; CREATE INDEX CONCURRENTLY i ON orders (a);", WARNING),
    ],
)
def test_what_others_name(rule: str, text: str, severities: list[Severity]) -> None:
    assert found(rule, ORDERS, text) == severities


@pytest.mark.parametrize(
    ("text", "major", "severities"),
    [
        ("CREATE INDEX CONCURRENTLY i ON p (d);", 14, ERROR),
        ("CREATE INDEX CONCURRENTLY i ON p1 (d);", 14, []),
        ("CREATE INDEX i ON ONLY p (d);", 14, []),
        ("ALTER TABLE p ADD FOREIGN KEY (id) REFERENCES o NOT VALID;", 17, ERROR),
        ("ALTER TABLE p ADD FOREIGN KEY (id) REFERENCES o NOT VALID;", 18, []),
        ("ALTER TABLE p ADD CONSTRAINT u UNIQUE USING INDEX i;", 18, ERROR),
        ("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;", 18, ERROR),
        ("ALTER TABLE p DETACH PARTITION pd; ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;", 18, []),
        ("DROP INDEX CONCURRENTLY pi;", 18, ERROR),
    ],
)
def test_what_a_partitioned_table_does_not_take(text: str, major: int, severities: list[Severity]) -> None:
    given = DEFAULT + "CREATE INDEX pi ON p (id);"
    assert found("impossible-on-partitioned-table", given, text, major=major) == severities


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("CREATE OR REPLACE VIEW v AS SELECT id, a, b FROM orders;", []),
        ("CREATE OR REPLACE VIEW v AS SELECT a, id FROM orders;", ERROR),
        ("CREATE OR REPLACE VIEW v AS SELECT id FROM orders;", ERROR),
        ("CREATE OR REPLACE VIEW v AS SELECT id, b AS a FROM orders;", []),
        ("CREATE OR REPLACE VIEW v AS SELECT * FROM orders;", []),
        ("DROP VIEW v; CREATE OR REPLACE VIEW v AS SELECT a FROM orders;", []),
        ("ALTER TABLE orders RENAME COLUMN a TO c; CREATE OR REPLACE VIEW v AS SELECT id, c AS a FROM orders;", []),
    ],
)
def test_replaced_views(text: str, severities: list[Severity]) -> None:
    assert found("view-loses-columns", ORDERS + "CREATE VIEW v AS SELECT id, a FROM orders;", text) == severities
