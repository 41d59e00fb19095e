"""The guard around statements outside a transaction: refused before they run, or reported afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rowkeep.database.connection.session import connect
from rowkeep.database.store import environment
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.errors import Failed, HalfDone, Refused, Remains
from rowkeep.workflows.confirmation import Consent

if TYPE_CHECKING:
    from tests.support.project import Project

TABLES = """
CREATE TABLE users (id int, name text, phone text);
INSERT INTO users SELECT n, 'u' || n, 'p' || n FROM generate_series(1, 50) n;
CREATE TABLE empty (id int);
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (50);
INSERT INTO parted SELECT n FROM generate_series(1, 20) n;
CREATE SEQUENCE numbers; SELECT setval('numbers', 700);
CREATE PROCEDURE purge() LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM users WHERE id <= 5; COMMIT; DELETE FROM users WHERE id <= 9; END $$;
CREATE PROCEDURE hidden(t text) LANGUAGE plpgsql AS $$ BEGIN
    FOR n IN 1..3 LOOP EXECUTE concat('DELETE FROM ', t, ' WHERE id = ', n); COMMIT; END LOOP; END $$;
"""
CONSENT = Consent(lambda database, danger: None, backup=False, because="test")
NAME = "(SELECT max(tablename) FROM pg_tables WHERE tablename LIKE 'use%')"

REFUSED = {
    "DO $$ BEGIN DELETE FROM users; COMMIT; END $$;": "public.users",
    "DO $$ BEGIN UPDATE users SET name = 'x'; COMMIT; END $$;": "public.users.name",
    "DO $$ BEGIN DROP TABLE users; COMMIT; END $$;": "public.users",
    "DO $$ BEGIN ALTER TABLE users DROP COLUMN phone; END $$;": "public.users.phone",
    "DO $$ BEGIN TRUNCATE users; END $$;": "public.users",
    "CALL purge();": "public.users",
    "ALTER TABLE parted DETACH PARTITION parted_low CONCURRENTLY;": "public.parted_low",
}
"""The text shows it: not run."""

REPORTED = {
    f"DO $$ BEGIN EXECUTE 'DELETE FROM ' || {NAME}; COMMIT; END $$;": ("public.users", "lost 50 rows"),
    "CALL hidden('users');": ("public.users", "lost 3 rows"),
    f"DO $$ BEGIN EXECUTE concat('DROP TABLE ', {NAME}); COMMIT; END $$;": ("public.users", "is gone"),
    "DO $$ BEGIN PERFORM setval('numbers', 5); COMMIT; END $$;": ("public.numbers", "set back from 700 to 5"),
}
"""Only the comparison shows it."""

HARMLESS = (
    "VACUUM users;",
    "VACUUM FULL users;",
    "REINDEX TABLE CONCURRENTLY users;",
    "CREATE INDEX CONCURRENTLY i ON users (id); DROP INDEX CONCURRENTLY i;",
    "DO $$ BEGIN DELETE FROM empty; COMMIT; DROP TABLE empty; END $$;",
    "DO $$ BEGIN INSERT INTO users VALUES (99, 'new'); COMMIT; END $$;",
    (
        "ALTER TABLE users ADD COLUMN fresh text;\nDO $$ BEGIN UPDATE users SET fresh = 'x' WHERE id < 20; COMMIT;"
        " UPDATE users SET fresh = 'x' WHERE id >= 20; COMMIT; END $$;"
    ),
    "DO $$ BEGIN CREATE TABLE made (id int); INSERT INTO made VALUES (1); COMMIT; DROP TABLE made; END $$;",
)


@pytest.fixture
def staging(project: Project) -> Project:
    with connect(project.conninfo) as session:
        environment.mark_environment(session, EnvironmentKind.STAGING)
    return project


def write(project: Project, name: str, text: str) -> None:
    project.write(name, f"-- rowkeep: no-transaction\n{text}", None)


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_what_the_text_shows_is_not_run(staging: Project) -> None:
    staging.sql(TABLES)
    for text, name in REFUSED.items():
        write(staging, "1_a", text)
        with pytest.raises(Refused) as caught:
            staging.run(consent=CONSENT)
        assert caught.value.code is ErrorCode.DATA_LOSS, text
        assert caught.value.remains is Remains.UNCHANGED
        assert "was not run" in caught.value.what, text
        assert any(f"accept-loss {name} because" in step for step in caught.value.instead), (
            text,
            caught.value.instead,
        )
        assert staging.sql("SELECT count(*), min(name), max(phone) FROM users") == [(50, "u1", "p9")]
    staging.sql("DELETE FROM users WHERE id > 40")
    write(staging, "1_a", f"-- rowkeep: accept-loss public.users because old\n{[*REFUSED][5]}")
    result = staging.run(consent=CONSENT)
    assert [(loss.name, loss.count) for loss in result.losses] == [("public.users", 9)]
    assert staging.sql("SELECT count(*) FROM users") == [31]


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_what_only_the_comparison_shows_is_an_error_and_is_not_run_again(staging: Project) -> None:
    for number, (text, (name, words)) in enumerate(REPORTED.items(), 1):
        staging.sql(
            "DROP TABLE IF EXISTS users, empty, parted; DROP SEQUENCE IF EXISTS numbers;"
            "DROP PROCEDURE IF EXISTS purge; DROP PROCEDURE IF EXISTS hidden;" + TABLES
        )
        write(staging, f"{number}_a", f"CREATE TABLE done_{number} (id int);\n{text}")
        with pytest.raises(HalfDone) as caught:
            staging.run(consent=CONSENT)
        assert caught.value.code is ErrorCode.DATA_LOSS, text
        assert "cannot be rolled back" in caught.value.what
        assert words in str(caught.value.why) and name in str(caught.value.why), (text, caught.value.why)
        assert f"{number}_a.sql:4:" in str(caught.value.where), (text, caught.value.where)
        left = staging.sql("SELECT count(*) FROM users") if staging.exists("users") else []
        assert staging.run(consent=CONSENT).losses == ()
        assert not left or staging.sql("SELECT count(*) FROM users") == left
        accepted = replace(CONSENT, accepted=frozenset({name}))
        assert accepted.accepted and staging.names()[-1] == f"{number}_a"


@pytest.mark.server
@pytest.mark.majors(14, 18)
def test_harmless_statements_pass(staging: Project) -> None:
    staging.sql(TABLES)
    for number, text in enumerate(HARMLESS, 1):
        write(staging, f"{number}_a", text)
        try:
            assert staging.run(consent=CONSENT).losses == (), text
        except (Refused, HalfDone, Failed) as error:
            pytest.fail(f"{text}: {error} {error.why}")


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_function_in_python_without_a_transaction_is_not_called_for_what_its_text_shows(staging: Project) -> None:
    staging.sql(TABLES)
    path = staging.migrations / "1_a.py"
    path.write_text("TRANSACTION = False\n\n\ndef up(db):\n    db.execute('DELETE FROM users')\n")
    with pytest.raises(Refused) as caught:
        staging.run(consent=CONSENT)
    assert "was not run" in caught.value.what
    path.write_text(
        "TRANSACTION = False\n\n\ndef up(db):\n    table = 'us' + input.__name__[:0] + 'ers'\n"
        "    db.execute('DROP TABLE ' + table)\n"
    )
    with pytest.raises(HalfDone) as half:
        staging.run(consent=CONSENT)
    assert "table public.users is gone" in str(half.value.why)
