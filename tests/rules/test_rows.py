"""Rows that are lost or locked: what is found, how heavily, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Find = Callable[..., list[str]]
BEFORE = """
CREATE TABLE t (id bigint PRIMARY KEY, a int, note text);
CREATE TABLE u (id bigint PRIMARY KEY, t_id bigint, done boolean);
CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
CREATE TABLE x (id bigint PRIMARY KEY);
CREATE INDEX x_i ON x (id);
ALTER TABLE t ADD CONSTRAINT t_x FOREIGN KEY (a) REFERENCES x (id);
"""

CASES: dict[str, dict[str, list[str]]] = {
    "delete-all-rows": {
        "DELETE FROM t": ["error 1"],
        "DELETE FROM t WHERE id = 1": [],
        "DELETE FROM t WHERE id IS NOT NULL": ["error 1"],
        "DELETE FROM t WHERE note IS NOT NULL": [],
        "DELETE FROM somewhere WHERE id IS NOT NULL": ["warning 1"],
        "DELETE FROM t USING u WHERE u.done": ["error 1"],
        "DELETE FROM t USING u WHERE u.t_id = t.id": [],
        "CREATE TABLE n (id int); DELETE FROM n": [],
        "CREATE TABLE IF NOT EXISTS n (id int); DELETE FROM n": ["error 1"],
        "CREATE TEMP TABLE n (id int); DELETE FROM n": [],
        "CREATE VIEW v AS SELECT * FROM t; DELETE FROM v": ["error 1"],
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM t LOOP DELETE FROM t WHERE id = r.id;"
        " END LOOP; END $$": ["error 1"],
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM t WHERE a = 1 LOOP DELETE FROM t WHERE id = r.id;"
        " END LOOP; END $$": [],
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM t LOOP IF r.a = 1 THEN DELETE FROM t WHERE id = r.id;"
        " END IF; END LOOP; END $$": [],
        "DO $$ DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE; BEGIN FOR r IN c LOOP"
        " DELETE FROM t WHERE CURRENT OF c; END LOOP; END $$": ["error 1"],
    },
    "update-all-rows": {
        "UPDATE t SET a = 1": ["error 1"],
        "UPDATE t SET a = 1 WHERE a IS NULL": [],
        "UPDATE t SET a = u.id FROM u WHERE u.done": ["error 1"],
        "UPDATE t SET a = u.id FROM u WHERE u.t_id = t.id": [],
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1": [],
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1, a = 2": ["error 1"],
        "INSERT INTO t SELECT * FROM t ON CONFLICT (id) DO UPDATE SET a = 0": ["error 1"],
        "INSERT INTO t SELECT * FROM t WHERE id = 1 ON CONFLICT (id) DO UPDATE SET a = 0": [],
        "INSERT INTO t SELECT * FROM u ON CONFLICT (id) DO UPDATE SET a = 0": [],
        "MERGE INTO t USING u ON true WHEN MATCHED THEN UPDATE SET a = 1": ["error 1"],
        "MERGE INTO t USING u ON t.id = u.t_id WHEN MATCHED THEN UPDATE SET a = 1": [],
    },
    "merge-deletes-rows": {
        "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE": ["error 1"],
        "MERGE INTO t USING u ON t.id = u.t_id WHEN MATCHED THEN DELETE": ["error 1"],
        "MERGE INTO t USING u ON t.id = u.t_id WHEN MATCHED AND u.id > 3 THEN DELETE": [],
        "MERGE INTO t USING u ON t.id = u.t_id WHEN NOT MATCHED BY SOURCE THEN DELETE": ["error 1"],
        "MERGE INTO t USING u ON t.id = u.t_id WHEN NOT MATCHED BY SOURCE AND t.a = 1 THEN DELETE": ["warning 1"],
        "MERGE INTO t USING u ON true WHEN NOT MATCHED THEN INSERT (id) VALUES (u.id)": [],
    },
    "change-not-batched": {
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1": ["error 1"],
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1 WHERE b IS NULL": ["error 1"],
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1 WHERE id BETWEEN 1 AND 9": [],
        "ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1 WHERE id IN (SELECT id FROM t LIMIT 9)": [],
        "UPDATE t SET a = 1 WHERE a IS NULL": ["note 1"],
        "UPDATE t SET a = 1": [],
        "UPDATE t SET a = 1 WHERE id = 1": [],
        "DELETE FROM u WHERE done": ["note 1"],
        "DELETE FROM u WHERE done AND id < 9": [],
    },
    "copies-whole-table": {
        "CREATE TABLE n AS SELECT * FROM t": ["note 1"],
        "CREATE TABLE n AS SELECT * FROM t LIMIT 5": [],
        "CREATE TABLE n AS SELECT * FROM t WITH NO DATA": [],
        "CREATE TABLE n AS SELECT * FROM pg_class": [],
        "INSERT INTO u (id) SELECT id FROM t": ["note 1"],
        "INSERT INTO u (id) SELECT id FROM t WHERE id = 7": [],
        "INSERT INTO u (id) VALUES (1)": [],
        "INSERT INTO u (id) SELECT n FROM generate_series(1, 3) AS n": [],
    },
    "slow-while-locked": {
        "ALTER TABLE t ADD COLUMN b int; UPDATE u SET done = true": ["error 1"],
        "ALTER TABLE t ADD COLUMN b int; UPDATE u SET done = true WHERE id = 1": [],
        "ALTER TABLE t ADD COLUMN b int; UPDATE u SET done = true WHERE done IS NULL": ["warning 1"],
        "UPDATE u SET done = true; ALTER TABLE t ADD COLUMN b int": [],
        "ALTER TABLE t SET (fillfactor = 80); UPDATE u SET done = true": [],
        "CREATE INDEX i ON t (a); SELECT count(*) FROM u": ["error 1"],
        "ALTER TABLE t ADD COLUMN b int; SELECT setval('s', (SELECT max(id) FROM t))": [],
        "ALTER TABLE t ADD COLUMN b int; SELECT min(id), max(id) FROM u": [],
        "ALTER TABLE t ADD COLUMN b int; SELECT setval('s', coalesce(max(id), 0) + 1) FROM u": [],
        "ALTER TABLE t ADD COLUMN b int; SELECT max(id), count(*) FROM u": ["error 1"],
        "ALTER TABLE t ADD COLUMN b int; SELECT max(id), note FROM u": ["error 1"],
        "ALTER TABLE t ADD COLUMN b int; SELECT pg_sleep(5)": ["error 1"],
        "ALTER TABLE t ADD COLUMN b int; REFRESH MATERIALIZED VIEW CONCURRENTLY m": ["warning 1"],
        "CREATE TABLE n (id bigint REFERENCES t (id)); INSERT INTO n SELECT id FROM u": ["error 1"],
        "CREATE TABLE n (id bigint); ALTER TABLE n ADD COLUMN x int; INSERT INTO n SELECT id FROM u": [],
        "BEGIN; ALTER TABLE t ADD COLUMN b int; COMMIT; UPDATE u SET done = true": [],
        "ALTER TABLE t ADD COLUMN b int; MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE": ["warning 1"],
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'ALTER TABLE t ADD COLUMN b int';"
        " SELECT f(); DELETE FROM u": ["error 1"],
    },
    "many-tables-locked": {
        "ALTER TABLE t ADD COLUMN b int; ALTER TABLE t ADD COLUMN c int": [],
        "ALTER TABLE t ADD COLUMN b int; ALTER TABLE u ADD COLUMN c int": [],
        "ALTER TABLE t ADD COLUMN b int; ALTER TABLE u DISABLE TRIGGER USER; ALTER TABLE x DISABLE TRIGGER USER": [
            "note 1"
        ],
        "ALTER TABLE t ADD COLUMN b int; ALTER TABLE u ADD COLUMN c int; ALTER TABLE x ADD COLUMN c int;"
        " ALTER TABLE y ADD COLUMN d int": ["warning 1"],
        "ALTER TABLE t RENAME TO o; ALTER TABLE o ADD COLUMN c int": [],
        "DROP VIEW v; DROP VIEW w; ALTER TABLE t ADD COLUMN b int": [],
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id)": [],
        "BEGIN; ALTER TABLE t ADD COLUMN b int; COMMIT; ALTER TABLE u ADD COLUMN c int": [],
        "ALTER TABLE t ADD COLUMN b int; CREATE TABLE n (id int); ALTER TABLE n ADD COLUMN c int": [],
        "ALTER TABLE t ADD COLUMN b int; CREATE INDEX CONCURRENTLY i ON u (done)": [],
        "ALTER TABLE t ADD COLUMN b int; CREATE TABLE IF NOT EXISTS n (id int); CREATE INDEX ON n (id)": [],
        # x is locked from the first act on: as the table of the index, and as the other table of the key.
        "DROP INDEX x_i; ALTER TABLE t ADD COLUMN b int; ALTER TABLE u ADD COLUMN c int;"
        "\nALTER TABLE x ADD COLUMN c int": ["warning 1"],
        "ALTER TABLE t DROP CONSTRAINT t_x; ALTER TABLE u ADD COLUMN c int;\nALTER TABLE x ADD COLUMN c int": [
            "warning 1"
        ],
    },
    "table-scanned-again": {
        "ALTER TABLE t ADD CHECK (a > 0); ALTER TABLE t ADD CHECK (id > 0)": ["warning 1"],
        "ALTER TABLE t ADD CHECK (a > 0), ADD CHECK (id > 0)": [],
        "ALTER TABLE t ADD CHECK (a > 0) NOT VALID; ALTER TABLE t ADD CHECK (id > 0)": [],
        "ALTER TABLE t ADD CHECK (a IS NOT NULL); ALTER TABLE t ALTER a SET NOT NULL": [],
        "ALTER TABLE t ADD CHECK (a > 0); ALTER TABLE u ADD CHECK (id > 0)": [],
        "ALTER TABLE t ADD CHECK (a > 0); ALTER TABLE t ALTER a TYPE bigint USING a::bigint": [],
        "ALTER TABLE t ADD CHECK (a > 0); ALTER TABLE t ALTER a TYPE bigint USING a + 1": ["warning 1"],
    },
    "table-locked-by-hand": {
        "LOCK t": ["error 1"],
        "LOCK TABLE t, u IN SHARE MODE": ["error 1", "error 1"],
        "LOCK TABLE t IN ROW EXCLUSIVE MODE": [],
        "CREATE TABLE n (id int); LOCK n": [],
    },
    "all-rows-locked": {
        "SELECT id FROM t FOR UPDATE": ["error 1"],
        "SELECT id FROM t WHERE id = 1 FOR UPDATE": [],
        "SELECT id FROM t ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED": [],
        "SELECT id FROM t WHERE note IS NULL FOR SHARE": ["warning 1"],
        "SELECT id FROM t": [],
    },
    "unlogged-table": {
        "ALTER TABLE t SET UNLOGGED": ["error 1"],
        "CREATE UNLOGGED TABLE n AS SELECT * FROM t": ["warning 1"],
        "CREATE UNLOGGED TABLE n (id int)": ["note 1"],
        "ALTER SEQUENCE s SET UNLOGGED": [],
    },
    "triggers-disabled": {
        "ALTER TABLE t DISABLE TRIGGER ALL; ALTER TABLE t ENABLE TRIGGER ALL": ["error 1"],
        "ALTER TABLE t DISABLE TRIGGER USER; ALTER TABLE t ENABLE TRIGGER USER": ["warning 1"],
        "ALTER TABLE t DISABLE TRIGGER x": ["error 1"],
        "ALTER TABLE t ENABLE TRIGGER x": [],
        "ALTER TABLE t ENABLE REPLICA TRIGGER x": [],
    },
    "replication-role-changed": {
        "SET LOCAL session_replication_role TO 'replica'": ["error 1"],
        "SET session_replication_role TO DEFAULT": [],
        "SELECT pg_catalog.set_config('session_replication_role', 'replica', true)": ["error 1"],
        "ALTER DATABASE d SET session_replication_role = replica": ["error 1"],
        "ALTER ROLE r SET session_replication_role = 'origin'": [],
    },
    "catalog-written": {
        "UPDATE pg_attribute SET attnotnull = false": ["error 1"],
        "DELETE FROM pg_catalog.pg_enum": ["error 1"],
        "INSERT INTO information_schema.x VALUES (1)": ["error 1"],
        "UPDATE pg_settings SET setting = '1' WHERE name = 'work_mem'": [],
        "SELECT * FROM pg_class": [],
        "UPDATE pgmigrations SET name = 'x'": [],
        "DELETE FROM pg_search_documents": [],
        "SET allow_system_table_mods = on": ["error 1"],
    },
    "large-objects-removed": {
        "SELECT lo_unlink(picture) FROM t": ["error 1"],
        "SELECT lo_put(1, 0, 'x')": ["warning 1"],
        "SELECT lo_get(1)": [],
        "SELECT mine.lo_unlink(1)": [],
    },
    "rule-rewrites-writes": {
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING": ["error 1"],
        "CREATE RULE r AS ON UPDATE TO t DO ALSO INSERT INTO u VALUES (1)": ["warning 1"],
        "CREATE RULE r AS ON UPDATE TO t DO ALSO NOTHING": [],
        "CREATE VIEW v AS SELECT * FROM t; CREATE RULE r AS ON DELETE TO v DO INSTEAD DELETE FROM t": [],
        "CREATE TABLE n (id int); CREATE RULE r AS ON INSERT TO n DO INSTEAD NOTHING": [],
    },
    "sql-sent-elsewhere": {
        "SELECT dblink_exec('host=x', 'DROP TABLE t')": ["error 1"],
        "SELECT * FROM public.dblink('x', 'SELECT 1') AS a (b int)": ["error 1"],
        "SELECT dblink_disconnect()": [],
    },
    "copy-takes-name": {
        "CREATE TABLE n AS SELECT * FROM t; ALTER TABLE t RENAME TO o; ALTER TABLE n RENAME TO t": ["error 1"],
        "CREATE TABLE n (LIKE t); INSERT INTO n SELECT * FROM t; ALTER TABLE t RENAME TO o;"
        " ALTER TABLE n RENAME TO t": ["error 1"],
        "LOCK t; CREATE TABLE n AS SELECT * FROM t; ALTER TABLE t RENAME TO o; ALTER TABLE n RENAME TO t": [
            "warning 1"
        ],
        "CREATE TABLE n AS SELECT * FROM u; ALTER TABLE t RENAME TO o; ALTER TABLE n RENAME TO t": [],
        "CREATE TABLE n AS SELECT * FROM t; ALTER TABLE n RENAME TO x": [],
    },
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in CASES.items() for text in texts])
def test_what_is_said_of_rows(find: Find, rule: str, text: str) -> None:
    assert find(BEFORE, text, of=(rule,)) == [f"{rule} {each}" for each in CASES[rule][text]]


def test_a_column_that_an_earlier_migration_added_is_empty(find: Find) -> None:
    of = ("change-not-batched",)
    column = "ALTER TABLE orders ADD COLUMN region text"
    assert find(column, "UPDATE orders SET region = 'eu'", of=of) == ["change-not-batched warning 1"]
    assert find(column, "UPDATE orders SET region = 'eu' WHERE region IS NULL", of=of) == [
        "change-not-batched warning 1"
    ]
    filled = "ALTER TABLE orders ADD COLUMN region text DEFAULT 'eu'"
    assert find(filled, "UPDATE orders SET region = 'us' WHERE region IS NULL", of=of) == ["change-not-batched note 1"]


def test_statements_outside_a_transaction_hold_nothing_for_each_other(find: Find) -> None:
    text = "ALTER TABLE t ADD COLUMN b int; UPDATE u SET done = true; CREATE INDEX CONCURRENTLY i ON t (b);"
    assert find(BEFORE, text, of=("slow-while-locked", "many-tables-locked")) == []
    begun = f"BEGIN; {text.replace('; CREATE', '; COMMIT; CREATE')}"
    assert find(BEFORE, begun, of=("slow-while-locked",)) == ["slow-while-locked error 1"]


FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$;"
TRIGGER = "CREATE TRIGGER x {} ON t FOR EACH {} EXECUTE FUNCTION f();"


@pytest.mark.parametrize(
    ("body", "when", "each", "expected"),
    [
        ("RETURN NULL;", "BEFORE INSERT", "ROW", ["error"]),
        ("RETURN NULL;", "AFTER INSERT", "ROW", []),
        ("RETURN NULL;", "BEFORE INSERT", "STATEMENT", []),
        ("RETURN NEW;", "BEFORE INSERT", "ROW", []),
        ("RETURN OLD;", "BEFORE DELETE", "ROW", []),
        ("RETURN OLD;", "BEFORE UPDATE", "ROW", ["error"]),
        ("IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;", "BEFORE UPDATE OR DELETE", "ROW", []),
        ("IF NEW.a = 1 THEN RETURN NULL; END IF; RETURN NEW;", "BEFORE INSERT", "ROW", ["note"]),
        ("RAISE EXCEPTION 'no';", "BEFORE INSERT", "ROW", []),
    ],
)
def test_triggers_that_drop_writes(find: Find, body: str, when: str, each: str, expected: list[str]) -> None:
    text = FUNCTION.format(body) + TRIGGER.format(when, each)
    found = find(BEFORE, text, of=("trigger-drops-writes",))
    assert found == [f"trigger-drops-writes {weight} 1" for weight in expected]


@pytest.mark.parametrize(
    ("write", "fires"),
    [
        ("INSERT INTO t (id) VALUES (1)", True),
        ("INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING", True),
        ("UPDATE t SET a = 1 WHERE id = 1", False),
        ("INSERT INTO u (id) VALUES (1)", False),
        ("ALTER TABLE t RENAME TO o; INSERT INTO t (id) VALUES (1)", False),
        ("DROP TRIGGER x ON t; INSERT INTO t (id) VALUES (1)", False),
    ],
)
def test_triggers_run_with_what_fires_them(find: Find, write: str, fires: bool) -> None:
    made = BEFORE + FUNCTION.format("TRUNCATE u; RETURN NEW;") + TRIGGER.format("AFTER INSERT", "ROW")
    assert find(made, write, of=("truncate-table",)) == (["truncate-table error 1"] if fires else [])


def test_a_trigger_that_fires_itself_is_read_once(find: Find) -> None:
    made = BEFORE + FUNCTION.format("INSERT INTO t (id) VALUES (2); TRUNCATE u; RETURN NEW;")
    found = find(made + TRIGGER.format("AFTER INSERT", "ROW"), "INSERT INTO t (id) VALUES (1)", of=("truncate-table",))
    assert found == ["truncate-table error 1"]


def test_defaults_run_where_no_value_is_given(find: Find) -> None:
    made = (
        "CREATE FUNCTION next_number() RETURNS int LANGUAGE plpgsql AS $$ BEGIN TRUNCATE u; RETURN 1; END $$;"
        "CREATE TABLE numbers (n int DEFAULT next_number(), label text);"
    )
    of = ("truncate-table",)
    assert find(made, "INSERT INTO numbers (label) VALUES ('x')", of=of) == ["truncate-table error 1"]
    assert find(made, "INSERT INTO numbers (n, label) VALUES (1, 'x')", of=of) == []
    assert find(made, "ALTER TABLE t ADD COLUMN c int DEFAULT next_number()", of=of) == ["truncate-table error 1"]
