"""The guide's two users, end to end: a superuser has migrated so far; from now on the migration role deploys."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from rowkeep.cli import run


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_after_roles_apply_the_migration_role_deploys(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "migrations").mkdir()
    first = tmp_path / "migrations" / "1_users.sql"
    first.write_text(
        "-- Up Migration\nCREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY);\n"
        "INSERT INTO users VALUES (1) ON CONFLICT DO NOTHING;\n",
        encoding="utf-8",
    )
    roles = ["--bot", "the_bot", "--migration", "the_migrator"]
    assert run(["up", "--quiet", "--database", database]) == 0
    assert run(["roles", "apply", "--quiet", "--database", database, *roles]) == 0

    second = tmp_path / "migrations" / "2_points.sql"
    second.write_text(
        "-- Up Migration\nALTER TABLE users ADD COLUMN IF NOT EXISTS points int;\n"
        "CREATE TABLE IF NOT EXISTS notes (id int PRIMARY KEY);\n",
        encoding="utf-8",
    )
    migrator = f"{database} user=the_migrator"
    assert run(["deploy", "--yes", "--quiet", "--database", migrator]) == 0
    assert run(["roles", "plan", "--quiet", "--database", database, *roles]) == 0
    with psycopg.connect(f"{database} user=the_bot", autocommit=True) as bot:
        bot.execute("INSERT INTO notes VALUES (1)")
        for forbidden in ("DROP TABLE notes", "TRUNCATE notes", "ALTER TABLE notes ADD x int", "DELETE FROM notes"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bot.execute(forbidden.encode())
