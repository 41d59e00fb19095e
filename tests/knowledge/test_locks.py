"""The locks that `locks_of` names are those that servers take."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.domain.lint.lock import LockMode
from rowkeep.files import read_text
from rowkeep.knowledge.locks import locks_of
from rowkeep.parse import parse_section

SCHEMA = """
CREATE TABLE p (id bigint PRIMARY KEY, a int);
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL DEFAULT 1, b text, ref bigint,
    CONSTRAINT small CHECK (a < 100), CONSTRAINT later CHECK (a < 99) NOT VALID);
CREATE INDEX t_a ON t (a);
CREATE UNIQUE INDEX t_b ON t (b);
CREATE VIEW v AS SELECT id FROM t;
CREATE MATERIALIZED VIEW m AS SELECT id FROM p;
CREATE UNIQUE INDEX m_id ON m (id);
CREATE TABLE parted (day date) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parted_2 (day date);
CREATE SEQUENCE s;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY po ON t USING (id = 1);
CREATE RULE ru AS ON DELETE TO p DO ALSO NOTHING;
CREATE ROLE somebody;
GRANT CREATE ON SCHEMA public TO somebody;
CREATE SCHEMA other;
"""

STATEMENTS = """
ALTER TABLE t ADD COLUMN x int
ALTER TABLE t ADD COLUMN x bigint REFERENCES p (id)
ALTER TABLE t DROP COLUMN b
ALTER TABLE t ALTER COLUMN ref TYPE int
ALTER TABLE t ALTER COLUMN b SET NOT NULL
ALTER TABLE t ALTER COLUMN a DROP NOT NULL
ALTER TABLE t ALTER COLUMN a DROP DEFAULT
ALTER TABLE t ALTER COLUMN a SET STATISTICS 500
ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)
ALTER TABLE t ALTER COLUMN b SET STORAGE EXTERNAL
ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID
ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (ref) REFERENCES p (id)
ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX t_b
ALTER TABLE t VALIDATE CONSTRAINT later
ALTER TABLE t DROP CONSTRAINT small
ALTER TABLE t SET (fillfactor = 80)
ALTER TABLE t RESET (fillfactor)
ALTER TABLE t CLUSTER ON t_a
ALTER TABLE t SET WITHOUT CLUSTER
ALTER TABLE t SET UNLOGGED
ALTER TABLE t REPLICA IDENTITY FULL
ALTER TABLE t ENABLE ROW LEVEL SECURITY
ALTER TABLE t DISABLE TRIGGER tr
ALTER TABLE t DISABLE TRIGGER ALL
ALTER TABLE t ENABLE TRIGGER USER
ALTER TABLE t ENABLE ALWAYS TRIGGER tr
ALTER TABLE t OWNER TO somebody
ALTER TABLE t INHERIT p
ALTER TABLE t RENAME COLUMN b TO bb
ALTER TABLE t RENAME TO tt
ALTER TABLE t RENAME CONSTRAINT small TO tiny
ALTER TABLE t SET SCHEMA other
ALTER TRIGGER tr ON t RENAME TO trr
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')
ALTER TABLE parted DETACH PARTITION parted_1
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')
CREATE TABLE child () INHERITS (p)
CREATE TABLE guest (id bigint REFERENCES p)
CREATE TABLE guest (id bigint, FOREIGN KEY (id) REFERENCES p (id))
CREATE INDEX i ON t (b)
REINDEX TABLE t
CLUSTER t USING t_a
REFRESH MATERIALIZED VIEW m
REFRESH MATERIALIZED VIEW CONCURRENTLY m
CREATE TRIGGER tr2 BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()
DROP TRIGGER tr ON t
CREATE RULE r AS ON DELETE TO t DO ALSO NOTHING
DROP RULE ru ON p
CREATE POLICY p2 ON t
ALTER POLICY po ON t USING (true)
DROP POLICY po ON t
TRUNCATE t
DROP TABLE t CASCADE
DROP VIEW v
DROP MATERIALIZED VIEW m
LOCK TABLE t
LOCK TABLE t IN SHARE MODE
INSERT INTO t VALUES (1)
UPDATE t SET a = 2
DELETE FROM t
"""

SHOWN = """
    SELECT relation.relname, max(CASE locked.mode WHEN 'AccessShareLock' THEN 0 WHEN 'RowShareLock' THEN 1
        WHEN 'RowExclusiveLock' THEN 2 WHEN 'ShareUpdateExclusiveLock' THEN 3 WHEN 'ShareLock' THEN 4
        WHEN 'ShareRowExclusiveLock' THEN 5 WHEN 'ExclusiveLock' THEN 6 ELSE 7 END)
      FROM pg_catalog.pg_locks AS locked JOIN before_it AS relation ON relation.oid = locked.relation
     WHERE locked.pid = pg_catalog.pg_backend_pid() AND locked.locktype = 'relation' GROUP BY 1
"""


def strongest(text: str) -> dict[str, LockMode]:
    """What the operations of a statement lock by `locks_of`, per relation."""
    migration = read_text("1_a.sql", text, "node-pg-migrate")
    assert migration is not None
    found: dict[str, LockMode] = {}
    for statement in parse_section(migration.up).statements:
        for operation in statement.operations:
            for name, mode in locks_of(operation):
                if name.name not in found or found[name.name].strength < mode.strength:
                    found[name.name] = mode
    return found


@pytest.mark.majors(14, 16, 18)
def test_locks_are_what_the_server_shows(database: str) -> None:
    wrong = []
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        for text in STATEMENTS.strip().splitlines():
            with connection.transaction(force_rollback=True):
                connection.execute(
                    "CREATE TEMPORARY TABLE before_it ON COMMIT DROP AS SELECT oid, relname FROM pg_catalog.pg_class"
                    " WHERE relkind IN ('r', 'p', 'm', 'v') AND relnamespace = 'public'::regnamespace"
                )
                connection.execute(text.encode())
                shown = {name: list(LockMode)[mode] for name, mode in connection.execute(SHOWN).fetchall() if mode}
            said = strongest(text)
            missing = {name: mode for name, mode in said.items() if shown.get(name) is not mode}
            if missing:
                wrong.append(f"{text}: said {missing}, shown {shown}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "COMMENT ON TABLE t IS 'x'",
        "ALTER INDEX t_a SET TABLESPACE other",
        "DROP INDEX t_a",
        "GRANT SELECT ON t TO somebody",
        "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b",
        "SELECT 1",
    ],
)
def test_what_is_not_known_is_not_said(text: str) -> None:
    assert strongest(text) == {}
