"""Event triggers that write: what a restore does, and its logins, are no difference."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from rowkeep import backup as backups
from rowkeep.scratch import Server

pytestmark = pytest.mark.server

AT_COMMANDS = """
CREATE TABLE public.log (what text);
CREATE FUNCTION public.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO public.log VALUES (tg_event || ' ' || tg_tag); END $$;
CREATE TABLE public.t AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW public.m AS SELECT a FROM public.t;
CREATE EVENT TRIGGER a_start ON ddl_command_start EXECUTE FUNCTION public.note();
CREATE EVENT TRIGGER b_end ON ddl_command_end EXECUTE FUNCTION public.note();
CREATE EVENT TRIGGER c_drop ON sql_drop EXECUTE FUNCTION public.note();
COMMENT ON EVENT TRIGGER b_end IS 'writes the log';
ALTER EVENT TRIGGER c_drop ENABLE ALWAYS;
"""
AT_LOGIN = """
CREATE FUNCTION public.login() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO public.log VALUES ('login'); DELETE FROM public.t; END $$;
CREATE EVENT TRIGGER d_login ON login EXECUTE FUNCTION public.login();
ALTER EVENT TRIGGER d_login ENABLE ALWAYS;
"""


def log(conninfo: str, major: int) -> list[str]:
    options = "-c event_triggers=off" if major >= 17 else ""
    with psycopg.connect(conninfo, options=options) as connection:
        return [row[0] for row in connection.execute("SELECT what FROM public.log ORDER BY 1").fetchall()]


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_what_a_restore_does_fires_none(server: Server, database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(AT_COMMANDS.encode())
        if server.major >= 17:
            connection.execute(AT_LOGIN.encode())
    backup = backups.take_backup(database, server.programs, str(tmp_path), emit=lambda event: None, hashes=True)
    rows = {count.table: count.rows for count in backup.counts}
    restored = backups.restore_into(backup, server.programs, database, "like_it", emit=lambda event: None)
    assert restored.structure_compared and restored.differing == ()
    # Also afterwards: statistics were collected, the database was renamed, and nothing of that is in it.
    assert len(log(server.conninfo("like_it"), server.major)) == rows["log"]
    backup, _ = backups.prove_backup(backup, server.programs, emit=lambda event: None)
    assert backup.verified == "hashes"
