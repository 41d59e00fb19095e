"""Every command refuses, in words, tables of ours that would run code of a role with fewer rights."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.cli.conftest import Run
from tests.database.test_own_tables import LEDGER, PLANTED, called, make, prepare

COMMANDS = (
    ("status",),
    ("history",),
    ("plan",),
    ("up", "--confirm={name}"),
    ("deploy", "--plan"),
    ("doctor",),
    ("environment", "mark", "development", "--because", "a test", "--confirm={name}"),
)


@pytest.mark.majors(14, 18)
def test_every_command_refuses_with_words(database: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_a.sql").write_text("-- Up Migration\nCREATE TABLE public.made (id bigint);\n")
    with prepare(database) as mallory:
        make(mallory)
        mallory.execute(PLANTED["trigger"].encode())
        mallory.execute(LEDGER["ledger view"].encode())
        mallory.execute("ALTER TABLE public.pgmigrations ADD note int DEFAULT mal.number(1)")
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    env = {"DATABASE_URL": database, "ROWKEEP_BACKUPS_DIR": str(tmp_path / "backups")}
    before = called(database)
    for command in COMMANDS:
        ran = run(*(word.format(name=name) for word in command), env=env)
        said = " ".join((ran.out + ran.err).split())
        assert "planted code ran" not in said
        assert ran.code == 1, (command, ran)
        assert "code of another role with your rights" in said, (command, ran)
        assert "log in as mallory" in said, (command, ran)
    # A backup reads no table of ours but with COPY, which runs nothing of these.
    assert run("backup", "create", env=env).code == 0
    assert called(database) == before
    with psycopg.connect(database) as looking:
        assert looking.execute("SELECT to_regclass('public.made')").fetchone() == (None,)
