"""Whatever the settings of a role or a database say: the same rows have the same hashes, the same structure."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from rowkeep import backup as backups
from rowkeep import structure
from rowkeep.database.catalog import dump_snapshot, fingerprint, row_counts
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.backup import TableCount
from rowkeep.domain.schema.structure import Structure
from rowkeep.scratch import Server

pytestmark = pytest.mark.server
EVERY_MAJOR = pytest.mark.majors(14, 15, 16, 17, 18)

ODD = {
    "TimeZone": "'Asia/Kolkata'",
    "DateStyle": "'SQL, DMY'",
    "IntervalStyle": "'iso_8601'",
    "extra_float_digits": "-3",
    "bytea_output": "'escape'",
    "lc_monetary": "'C'",
    "xmlbinary": "'hex'",
    "xmloption": "'document'",
    "quote_all_identifiers": "on",
    "search_path": "app, public",
    "row_security": "on",
    "client_encoding": "'LATIN1'",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "'serializable'",
    "statement_timeout": "'20s'",
    "standard_conforming_strings": "on",
    "array_nulls": "off",
}
"""Each changes how some value or name is written, or what a session may do."""

VALUES = """
CREATE SCHEMA app;
CREATE TABLE app.day (id int PRIMARY KEY);
CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE TYPE app.pair AS (at timestamptz, span interval);
CREATE TABLE app.held (
    id int PRIMARY KEY DEFAULT 1,
    at timestamptz DEFAULT '2026-07-01 12:00+00', day date DEFAULT '2026-02-03', span interval DEFAULT '1 day 2:03:04',
    real4 real DEFAULT 0.1, real8 float8, raw bytea DEFAULT '\\x00ff', paid money DEFAULT 12.34,
    relation regclass, routine regprocedure, kind regtype, role regrole, space regnamespace, dictionary regdictionary,
    couple app.pair, days daterange, times timestamptz[], place point, document xml, words text DEFAULT 'it''s \\ "x"',
    CHECK (at > '2020-01-01 00:00+00' AND span < '10 years')
);
INSERT INTO app.held VALUES (
    1, '2026-07-01 12:00+00', '2026-02-03', '1 year 2 mons -3 days +04:05:06.789', 0.1, 1.0/3, '\\xdeadbeef00', 1234.5,
    'app.day', 'app.twice(int)', 'app.pair', 'postgres', 'app', 'simple',
    ROW('2026-01-01 00:00+02', '-1 day'), '[2026-01-01,2026-02-01)', ARRAY['2026-03-29 01:30+00'::timestamptz, NULL],
    '(0.1,0.2)', '<a>1</a>', 'Zürich')
"""


def seen(conninfo: str) -> tuple[TableCount, Structure]:
    """What a backup, and a restore, read of the table app.held and of the structure."""
    with connect(conninfo) as session:
        dump_snapshot.prepare_session(session, lock_timeout=5)
        return row_counts.count_rows(session, "app", "held", hashes=True), fingerprint.read_structure(session)


@EVERY_MAJOR
@pytest.mark.parametrize("whose", ["DATABASE", "ROLE"])
def test_no_setting_changes_what_is_compared(database: str, tmp_path: Path, server: Server, whose: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(VALUES.encode())
        connection.execute("CREATE ROLE counter SUPERUSER LOGIN")
    plain = psycopg.conninfo.make_conninfo(database, user="counter")
    before, structured = seen(plain)
    target = f"DATABASE {name}" if whose == "DATABASE" else f"ROLE counter IN DATABASE {name}"
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        for setting, value in ODD.items():
            connection.execute(f"ALTER {target} SET {setting} = {value}".encode())
    after, again = seen(plain)
    assert after == before
    # The settings themselves belong to the structure.
    assert {one.kind for one in structure.compare_structures(structured, again)} <= {"setting"}
    backup = backups.take_backup(plain, server.programs, str(tmp_path), emit=lambda event: None, hashes=True)
    assert before in backup.counts
    restored = backups.restore_into(backup, server.programs, plain, "like_it", emit=lambda event: None)
    assert (restored.how, restored.structure_compared, restored.differing) == ("hashes", True, ())


@pytest.mark.majors(14, 18)
def test_a_role_whose_transactions_are_read_only_restores(database: str, tmp_path: Path, server: Server) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT ARRAY['x', NULL] AS a")
        connection.execute("CREATE ROLE reader SUPERUSER LOGIN")
        connection.execute("ALTER ROLE reader SET default_transaction_read_only = on")
        connection.execute("ALTER ROLE reader SET search_path = nowhere")
        # pg_restore would read the NULL as a text.
        connection.execute("ALTER ROLE reader SET array_nulls = off")
    conninfo = psycopg.conninfo.make_conninfo(database, user="reader")
    backup = backups.take_backup(conninfo, server.programs, str(tmp_path), emit=lambda event: None, hashes=True)
    assert backups.restore_into(backup, server.programs, conninfo, "like_it", emit=print).differing == ()


def test_a_cast_of_the_tables_owner_is_not_called(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.execute(
            "CREATE FUNCTION planted(t) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$"
        )
        connection.execute("CREATE CAST (t AS text) WITH FUNCTION planted(t) AS IMPLICIT")
    with connect(database) as session:
        dump_snapshot.prepare_session(session, lock_timeout=5)
        assert row_counts.count_rows(session, "public", "t", hashes=True).rows == 1
