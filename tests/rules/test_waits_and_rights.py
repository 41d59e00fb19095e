"""Timeouts, rewrites, rights, second runs and style: what is found, how heavily, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rowkeep.knowledge.durations import parse_milliseconds

Find = Callable[..., list[str]]
BEFORE = """
CREATE TABLE t (id bigint PRIMARY KEY, a int, note text);
CREATE TABLE parted (day date) PARTITION BY RANGE (day);
CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
CREATE INDEX t_a ON t (a);
CREATE TABLE safe (id bigint, owner text);
ALTER TABLE safe ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON safe USING (owner = current_user);
"""
ADD = "ALTER TABLE t ADD COLUMN b int"
DEFINER = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql SECURITY DEFINER"

CASES: dict[str, dict[str, list[str]]] = {
    "lock-timeout-too-long": {
        f"SET lock_timeout = 0; {ADD}": ["error 1"],
        f"SET lock_timeout = '1h'; {ADD}": ["error 1"],
        f"SET lock_timeout = '10s'; {ADD}": ["note 1"],
        f"SET lock_timeout = '2s'; {ADD}": [],
        f"SET lock_timeout = 5000; {ADD}": [],
        f"{ADD}; SET lock_timeout = 0": [],
        "SET lock_timeout = 0; CREATE TABLE n (id int); ALTER TABLE n ADD COLUMN b int": [],
        "SET lock_timeout = 0; CREATE TABLE IF NOT EXISTS n (id int); ALTER TABLE n ADD COLUMN b int": ["error 1"],
        "SET lock_timeout = 0; CREATE INDEX CONCURRENTLY i ON t (a)": [],
        f"SET lock_timeout = '2s'; RESET lock_timeout; {ADD}": ["error 1"],
        f"SET lock_timeout = '2s'; RESET ALL; {ADD}": ["error 1"],
        f"SET lock_timeout TO DEFAULT; {ADD}": [],
        f"SET lock_timeout = 0; SET lock_timeout = '1s'; {ADD}": [],
        f"SELECT set_config('lock_timeout', '0', false); {ADD}": ["error 1"],
        f"DO $$ BEGIN PERFORM set_config('lock_timeout', '1d', true); {ADD}; END $$": ["error 1"],
        f"SET lock_timeout = 'later'; {ADD}": [],
    },
    "statement-timeout-too-long": {
        f"SET statement_timeout = 0; {ADD}": ["note 1"],
        f"SET statement_timeout = '11min'; {ADD}": ["note 1"],
        f"SET statement_timeout = '10min'; {ADD}": [],
        "SET statement_timeout = 0; CREATE INDEX CONCURRENTLY i ON t (a)": [],
    },
    "lock-timeout-missing": {
        ADD: ["warning 1"],
        f"SET lock_timeout = '1s'; {ADD}": [],
        "CREATE TABLE n (id int)": [],
    },
    "statement-timeout-missing": {ADD: ["warning 1"], f"SET statement_timeout = '1s'; {ADD}": []},
    "vacuum-full-rewrites-table": {
        "VACUUM FULL t": ["error 1"],
        "VACUUM (FULL, ANALYZE) t": ["error 1"],
        "VACUUM (FULL false) t": [],
        "VACUUM t": [],
    },
    "cluster-rewrites-table": {
        "CLUSTER t USING t_a": ["error 1"],
        "CLUSTER": ["error 1"],
        "CREATE TABLE n (id int PRIMARY KEY); CLUSTER n USING n_pkey": [],
        "ALTER TABLE t CLUSTER ON t_a": [],
    },
    "logging-change-rewrites-table": {
        # It is logged already, so that PostgreSQL writes nothing.
        "ALTER TABLE t SET LOGGED": [],
        "ALTER TABLE t SET UNLOGGED": ["error 1"],
        "ALTER TABLE elsewhere SET LOGGED": ["error 1"],
        "CREATE UNLOGGED TABLE n (id int); ALTER TABLE n SET LOGGED": [],
    },
    "tablespace-move-copies-table": {
        "ALTER TABLE t SET TABLESPACE fast": ["error 1"],
        "ALTER INDEX t_a SET TABLESPACE fast": ["error 1"],
        "ALTER MATERIALIZED VIEW m SET TABLESPACE fast": ["error 1"],
        "ALTER TABLE parted SET TABLESPACE fast": [],
        "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b": ["error 1"],
        "CREATE TABLE n (id int); CREATE INDEX n_id ON n (id); ALTER INDEX n_id SET TABLESPACE fast": [],
    },
    "access-method-rewrites-table": {
        "ALTER TABLE t SET ACCESS METHOD columnar": ["error 1"],
        "ALTER TABLE t SET ACCESS METHOD heap": ["note 1"],
        "ALTER TABLE parted SET ACCESS METHOD columnar": [],
    },
    "refresh-blocks-readers": {
        "REFRESH MATERIALIZED VIEW m": ["error 1"],
        "REFRESH MATERIALIZED VIEW m WITH NO DATA": ["error 1"],
        "REFRESH MATERIALIZED VIEW CONCURRENTLY m": [],
        "CREATE MATERIALIZED VIEW n AS SELECT 1; REFRESH MATERIALIZED VIEW n": [],
    },
    "trigger-change-locks-table": {
        "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()": ["note 1"],
        "DROP TRIGGER x ON t": ["note 1"],
        "ALTER TABLE t ENABLE TRIGGER x": ["note 1"],
        "CREATE TRIGGER x INSTEAD OF DELETE ON v FOR EACH ROW EXECUTE FUNCTION f()": [],
        "CREATE TABLE n (id int); CREATE TRIGGER x BEFORE UPDATE ON n FOR EACH ROW EXECUTE FUNCTION f()": [],
    },
    "sessions-ended": {
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity": ["error 1"],
        "DO $$ BEGIN PERFORM pg_terminate_backend(1); END $$": ["error 1"],
        "CREATE FUNCTION f() RETURNS bool LANGUAGE sql AS 'SELECT pg_terminate_backend(1)'": ["warning 1"],
        "SELECT pg_backend_pid()": [],
    },
    "advisory-lock-kept": {
        "SELECT pg_advisory_lock(1)": ["warning 1"],
        "SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock(1)": [],
        "SELECT pg_advisory_xact_lock(1)": [],
    },
    "grant-to-public": {
        "GRANT ALL ON t TO PUBLIC": ["error 1"],
        "GRANT SELECT ON t TO PUBLIC": ["warning 1"],
        "GRANT USAGE ON SCHEMA x TO PUBLIC": ["warning 1"],
        "GRANT CREATE ON SCHEMA public TO PUBLIC": ["error 1"],
        "GRANT EXECUTE ON FUNCTION f() TO PUBLIC": ["note 1"],
        "GRANT SELECT ON t TO reports": [],
        "REVOKE ALL ON t FROM PUBLIC": [],
        "ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO PUBLIC": ["error 1"],
        "DO $$ BEGIN EXECUTE format('GRANT ALL ON %I TO PUBLIC', 'x'); END $$": ["error 1"],
    },
    "broad-grant": {
        "GRANT ALL ON t TO app": ["warning 1"],
        "GRANT SELECT, TRUNCATE ON t TO app": ["warning 1"],
        "GRANT SELECT ON t TO app WITH GRANT OPTION": ["warning 1"],
        "GRANT SELECT, INSERT, UPDATE, DELETE ON t TO app": [],
        "GRANT ALL ON SCHEMA x TO app": ["warning 1"],
        "GRANT ALL ON SEQUENCE s TO app": ["note 1"],
        "GRANT ALL ON t TO PUBLIC": [],
        "ALTER DEFAULT PRIVILEGES IN SCHEMA x GRANT ALL ON TABLES TO app": ["warning 1"],
    },
    "server-role-granted": {
        "GRANT pg_write_all_data TO app": ["error 1"],
        "GRANT pg_monitor TO app": ["note 1"],
        "GRANT app TO other": [],
        "REVOKE pg_write_all_data FROM app": [],
    },
    "role-membership-granted": {
        "GRANT owner TO app": ["warning 1"],
        "CREATE ROLE g; GRANT g TO app": ["note 1"],
        "GRANT owner TO app WITH ADMIN OPTION": ["warning 1"],
        "CREATE ROLE x IN ROLE owner": ["warning 1"],
        "ALTER GROUP owner ADD USER app": ["warning 1"],
        "GRANT pg_monitor TO app": [],
        "REVOKE owner FROM app": [],
    },
    "role-above-limits": {
        "ALTER ROLE app SUPERUSER": ["error 1"],
        "CREATE ROLE x BYPASSRLS REPLICATION": ["error 1", "error 1"],
        "ALTER ROLE app CREATEDB": ["warning 1"],
        "ALTER ROLE app NOSUPERUSER NOBYPASSRLS": [],
    },
    "password-in-file": {
        "ALTER ROLE app PASSWORD 'x'": ["error 1"],
        "ALTER ROLE app PASSWORD NULL": [],
        "CREATE ROLE x PASSWORD 'SCRAM-SHA-256$4096:a$b:c'": ["warning 1"],
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'a', password 'b')": ["error 1"],
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'a')": [],
        "CREATE SUBSCRIPTION s CONNECTION 'host=x password=y' PUBLICATION p": ["error 1"],
        "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p": [],
        "SELECT dblink_connect('postgres://a:b@c/d')": ["error 1"],
    },
    "definer-without-search-path": {
        f"{DEFINER} AS 'SELECT 1'": ["error 1"],
        f"{DEFINER} SET search_path = x, pg_temp AS 'SELECT 1'": [],
        f"{DEFINER} SET search_path = x AS 'SELECT 1'": ["note 1"],
        f"{DEFINER} SET search_path = pg_catalog AS 'SELECT 1'": [],
        f"{DEFINER} SET search_path = '' AS 'SELECT 1'": [],
        f"{DEFINER} SET search_path = \"$user\", public AS 'SELECT 1'": ["error 1"],
        f"{DEFINER} RETURN 1": [],
        f"{DEFINER} AS 'SELECT 1'; ALTER FUNCTION f(int) SET search_path = x, pg_temp": [],
        "ALTER FUNCTION f(int) SECURITY DEFINER": ["error 1"],
        "ALTER FUNCTION f(int) SECURITY DEFINER SET search_path = x, pg_temp": [],
        "ALTER FUNCTION f(int) SECURITY INVOKER": [],
    },
    "definer-open-to-public": {
        f"{DEFINER} SET search_path = x AS 'SELECT 1'": ["warning 1"],
        f"{DEFINER} AS 'SELECT 1'; REVOKE ALL ON FUNCTION f(int) FROM PUBLIC": [],
        f"{DEFINER} AS 'SELECT 1'; REVOKE ALL ON FUNCTION f(int) FROM app": ["warning 1"],
        f"{DEFINER} AS 'SELECT 1'; REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC": [],
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'": [],
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'": ["note 1"],
    },
    "view-bypasses-row-security": {
        "CREATE VIEW v AS SELECT * FROM safe": ["error 1"],
        "CREATE MATERIALIZED VIEW v AS SELECT * FROM safe": ["error 1"],
        "CREATE VIEW v WITH (security_invoker = true) AS SELECT * FROM safe": [],
        "CREATE VIEW v AS SELECT * FROM t": [],
    },
    "row-security-switched-off": {
        "ALTER TABLE safe DISABLE ROW LEVEL SECURITY": ["error 1"],
        "ALTER TABLE safe NO FORCE ROW LEVEL SECURITY": ["warning 1"],
        "ALTER TABLE safe FORCE ROW LEVEL SECURITY": [],
    },
    "owner-changed": {
        "ALTER TABLE t OWNER TO app": ["error 1"],
        "CREATE TABLE n (id int); ALTER TABLE n OWNER TO app": [],
        "CREATE SCHEMA s; ALTER SCHEMA s OWNER TO app": [],
        "REASSIGN OWNED BY a TO b": ["warning 1"],
    },
    "session-defaults-changed": {
        "ALTER ROLE app SET search_path = x": ["error 1"],
        "ALTER ROLE app SET statement_timeout = '1s'": [],
        "ALTER ROLE ALL SET work_mem = '1MB'": ["note 1"],
        "ALTER DATABASE d SET search_path = x": ["error 1"],
        "ALTER DATABASE d SET work_mem = '1MB'": ["note 1"],
    },
    "server-changed": {
        "ALTER SYSTEM SET work_mem = '1MB'": ["error 1"],
        "SELECT pg_reload_conf()": ["warning 1"],
        "SELECT pg_drop_replication_slot('x')": ["warning 1"],
    },
    "server-program-run": {
        "COPY t TO PROGRAM 'gzip > /x'": ["error 1"],
        "COPY t FROM STDIN": [],
    },
    "server-files-touched": {
        "COPY t TO '/tmp/x'": ["error 1"],
        "COPY t FROM '/tmp/x'": ["warning 1"],
        "COPY t TO STDOUT": [],
        "SELECT pg_read_file('x')": ["warning 1"],
        "SELECT lo_export(1, '/x')": ["error 1"],
    },
    "event-trigger-made": {
        "CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION f()": ["error 1"],
        "ALTER EVENT TRIGGER x ENABLE ALWAYS": ["warning 1"],
    },
    "policy-lets-all-through": {
        "CREATE POLICY p ON safe USING (true)": ["error 1"],
        "CREATE POLICY p ON safe FOR SELECT USING (true)": ["warning 1"],
        "CREATE POLICY p ON safe TO support USING (true)": ["note 1"],
        "CREATE POLICY p ON safe AS RESTRICTIVE USING (true)": [],
        "CREATE POLICY p ON safe FOR INSERT WITH CHECK (1 = 1)": ["error 1"],
        "ALTER POLICY own ON safe USING (true)": ["error 1"],
        "CREATE POLICY p ON safe USING (owner = current_user)": [],
    },
    "policy-changed": {
        "DROP POLICY own ON safe": ["error 1"],
        "DROP POLICY own ON safe; CREATE POLICY own ON safe USING (id > 1)": [],
        "ALTER POLICY own ON safe USING (id > 1)": ["warning 1"],
        "ALTER POLICY own ON safe USING (true)": [],
        "CREATE TABLE n (id int); CREATE POLICY p ON n; DROP POLICY p ON n": [],
    },
    "rows-hidden-by-policy": {
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY": ["error 1"],
        "CREATE TABLE n (id int); ALTER TABLE n ENABLE ROW LEVEL SECURITY": [],
        "CREATE POLICY p ON safe AS RESTRICTIVE USING (id > 1)": ["error 1"],
    },
    "extension-script-unread": {
        "ALTER EXTENSION hstore UPDATE": ["error 1"],
        "CREATE EXTENSION IF NOT EXISTS pgcrypto": [],
        'CREATE EXTENSION "uuid-ossp"': [],
        "CREATE EXTENSION postgis": ["note 1"],
        "CREATE EXTENSION plpython3u": ["error 1"],
    },
    "foreign-objects-imported": {
        "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c": ["warning 1"],
        "CREATE FOREIGN TABLE f (id int) SERVER s": [],
    },
    "create-not-repeatable": {
        "CREATE SCHEMA x": ["note 1"],
        "CREATE SCHEMA x; VACUUM t": ["warning 1"],
        "BEGIN; CREATE SCHEMA x; COMMIT": ["note 1"],
        "BEGIN; CREATE SCHEMA x; COMMIT; UPDATE t SET a = 1": ["warning 1"],
        "SAVEPOINT a; CREATE SCHEMA x; ROLLBACK TO a": ["note 1"],
        "CREATE SCHEMA x; COMMIT; SELECT 1": ["warning 1"],
        "CREATE SCHEMA IF NOT EXISTS x": [],
        "CREATE VIEW v AS SELECT 1": ["note 1"],
        "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1": [],
        "CREATE OR REPLACE VIEW v AS SELECT 1": [],
        "CREATE TEMP VIEW v AS SELECT 1": [],
        "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'": [],
        "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()": ["note 1"],
        "CREATE TABLE n (id int); CREATE TRIGGER x BEFORE UPDATE ON n FOR EACH ROW EXECUTE FUNCTION f()": [],
        "ALTER TYPE e ADD VALUE 'x'": ["note 1"],
        "ALTER TYPE e ADD VALUE IF NOT EXISTS 'x'": [],
        "DO $$ BEGIN CREATE VIEW v AS SELECT 1; EXCEPTION WHEN duplicate_table THEN NULL; END $$": [],
    },
    "create-needs-guard": {
        "CREATE TYPE e AS ENUM ('a')": [],
        "DROP TYPE IF EXISTS e; CREATE TYPE e AS ENUM ('a')": [],
        "CREATE TYPE e AS ENUM ('a'); VACUUM t": ["warning 1"],
        "DO $$ BEGIN CREATE TYPE e AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$": [],
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)": [],
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); VACUUM": ["warning 1"],
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS c, ADD CONSTRAINT c CHECK (a > 0); VACUUM": [],
        "ALTER TABLE t ADD CHECK (a > 0); VACUUM": ["warning 1"],
        "CREATE POLICY p ON safe": [],
        "CREATE POLICY p ON safe; VACUUM t": ["warning 1"],
        "CREATE ROLE r": ["note 1"],
        "ALTER ROLE r NOLOGIN": [],
    },
    "drop-not-repeatable": {
        "DROP TABLE t": [],
        "DROP TABLE t; VACUUM": ["warning 1"],
        "DROP TABLE IF EXISTS t": [],
        "DROP INDEX CONCURRENTLY t_a": ["warning 1"],
        "DROP INDEX t_a": [],
        "ALTER TABLE t DROP COLUMN a; VACUUM": ["warning 1"],
        "ALTER TABLE t DROP COLUMN IF EXISTS a; VACUUM": [],
        "CREATE TABLE n (id int); DROP TABLE n; VACUUM": [],
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); ALTER TABLE t DROP CONSTRAINT c; VACUUM": [],
    },
    "insert-not-repeatable": {
        "INSERT INTO t (id) VALUES (1)": [],
        "INSERT INTO t (id) VALUES (1); VACUUM t": ["warning 1"],
        "INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING; VACUUM": [],
        "INSERT INTO t (id) SELECT 1 WHERE NOT EXISTS (SELECT FROM t); VACUUM": [],
    },
    "increment-not-repeatable": {
        "UPDATE t SET a = a + 1 WHERE id = 1": [],
        "UPDATE t SET a = a + 1 WHERE id = 1; VACUUM t": ["warning 1"],
        "UPDATE t SET a = 2 WHERE id = 1; VACUUM": [],
    },
    "rename-not-repeatable": {
        "ALTER TABLE t RENAME TO o": [],
        "ALTER TABLE t RENAME TO o; VACUUM o": ["warning 1"],
        "ALTER TABLE IF EXISTS t RENAME TO o; VACUUM o": [],
    },
    "set-local-without-transaction": {
        f"SET LOCAL lock_timeout = '1s'; {ADD}": [],
        "SET LOCAL lock_timeout = '1s'; VACUUM t": ["warning 1"],
        "SET lock_timeout = '1s'; VACUUM t": [],
    },
    "session-left-changed": {
        "SET ROLE app": ["warning 1"],
        "SET ROLE app; RESET ROLE": [],
        "SET ROLE app; SET ROLE NONE": [],
        "SET search_path = x": ["note 1"],
        "SET LOCAL search_path = x": [],
        "SET search_path = x; RESET ALL": [],
        "SET lock_timeout = '1s'": [],
        "SET client_encoding = 'LATIN1'": ["warning 1"],
        "SET LOCAL client_encoding TO win1252; RESET client_encoding": ["warning 1"],
        "SET NAMES 'SQL_ASCII'; SET NAMES 'UTF8'": ["warning 1"],
        "SET client_encoding = 'utf-8'": [],
        "SET NAMES 'UNICODE'": [],
        "SET NAMES": [],
        "SET client_encoding TO DEFAULT; RESET client_encoding": [],
    },
    "no-longer-there": {
        "ALTER TABLE t DROP COLUMN note; UPDATE t SET note = '' WHERE id = 1": ["error 1"],
        "ALTER TABLE t DROP COLUMN note, ADD COLUMN note text; ALTER TABLE t ALTER note SET NOT NULL": [],
        "ALTER TABLE t RENAME TO o; ALTER TABLE t ADD COLUMN b int": ["error 1"],
        "ALTER TABLE t RENAME TO o; ALTER TABLE IF EXISTS t ADD COLUMN b int": [],
        "ALTER TABLE t RENAME TO o; CREATE VIEW t AS SELECT * FROM o; DELETE FROM t": [],
        "DROP TABLE t; CREATE TABLE t (id int); INSERT INTO t VALUES (1)": [],
        "DO $$ BEGIN IF x THEN DROP TABLE t; END IF; END $$; INSERT INTO t VALUES (1)": [],
        "DROP SCHEMA public; CREATE INDEX i ON t (id)": ["error 1"],
    },
    "made-already": {
        "CREATE TABLE t (id int)": ["error 1"],
        "DROP TABLE t; CREATE TABLE t (id int)": [],
        "CREATE TEMP TABLE t (id int)": [],
        "CREATE TABLE IF NOT EXISTS t (id int)": [],
        "CREATE TABLE IF NOT EXISTS t (id int, more text)": ["warning 1"],
        "ALTER TABLE t ADD COLUMN a int": ["error 1"],
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int": [],
        "CREATE SCHEMA x CREATE TABLE t (id int)": [],
    },
    "identifier-too-long": {f"ALTER TABLE t ADD COLUMN {'x' * 64} int": ["warning 1"]},
    "column-assigned-twice": {"UPDATE t SET a = 1, a = 2 WHERE id = 1": ["error 1"]},
    "char-column": {"ALTER TABLE t ADD COLUMN c char(3)": ["warning 1"], "ALTER TABLE t ADD COLUMN c text": []},
    "varchar-with-limit": {
        "ALTER TABLE t ALTER note TYPE varchar(9)": ["warning 1"],
        "ALTER TABLE t ADD COLUMN c varchar": [],
    },
    "narrow-integer": {
        "CREATE TABLE n (id int PRIMARY KEY, a smallint, b int)": ["warning 1", "warning 1"],
        "ALTER TABLE t ADD COLUMN c bigint": [],
    },
    "timestamp-without-zone": {
        "ALTER TABLE t ADD COLUMN c timestamp": ["warning 1"],
        "ALTER TABLE t ADD COLUMN c timestamptz": [],
    },
    "serial-column": {"CREATE TABLE n (id bigserial)": ["warning 1"]},
    "short-primary-key": {
        "CREATE TABLE n (id int, PRIMARY KEY (id))": ["warning 1"],
        "CREATE TABLE n (id int, b int, PRIMARY KEY (id, b))": [],
        "CREATE TABLE n (id bigint PRIMARY KEY)": [],
    },
    "name-without-schema": {
        "CREATE TABLE n (id int)": ["warning 1"],
        "CREATE TABLE public.n (id int)": [],
        "CREATE TEMP TABLE n (id int); ALTER TABLE n ADD COLUMN b int": [],
    },
    "name-needs-quotes": {
        'CREATE TABLE "Order Items" (id int)': ["warning 1"],
        'CREATE TABLE "plain" (id int)': [],
        'CREATE TABLE "user" (id int)': ["warning 1"],
    },
    "alter-table-not-joined": {
        f"{ADD}; ALTER TABLE t ADD COLUMN c int": ["warning 1"],
        f"{ADD}, ADD COLUMN c int": [],
        f"{ADD}; ALTER TABLE safe ADD COLUMN c int": [],
    },
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in CASES.items() for text in texts])
def test_what_is_said(find: Find, rule: str, text: str) -> None:
    assert find(BEFORE, text, of=(rule,)) == [f"{rule} {each}" for each in CASES[rule][text]]


def test_what_is_off_needs_its_name() -> None:
    from rowkeep import rules
    from rowkeep.analysis.options import LintOptions, resolve_severities

    on = {rule.name for rule in resolve_severities(LintOptions(), rules.every())}
    assert not on & {"lock-timeout-missing", "statement-timeout-missing", "char-column", "name-without-schema"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0", 0),
        ("500", 500),
        ("2s", 2000),
        ("1.5 min", 90_000),
        ("1h", 3_600_000),
        ("1d", 86_400_000),
        ("900us", 1),
        ("-1", -1),
        ("soon", None),
        ("", None),
    ],
)
def test_durations(written: str, expected: int | None) -> None:
    assert parse_milliseconds(written) == expected
