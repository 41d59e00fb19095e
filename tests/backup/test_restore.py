"""Restores into new databases: whole, compared, refused where rows could be harmed, undone where they fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from rowkeep import backup as backups
from rowkeep import programs, scratch, structure
from rowkeep.backup.manifest import write_manifest
from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.backup import Backup, Extension, SavedRole, TableCount
from rowkeep.domain.event import Event, Noted
from rowkeep.errors import BackupFailed, Misused, ProgramMissing, Refused
from rowkeep.knowledge.program_locations import CLIENT
from rowkeep.scratch import Server

pytestmark = pytest.mark.server


def rewritten(backup: Backup, **fields: object) -> Backup:
    """The same backup with another manifest, on disk too."""
    changed = replace(backup, **fields)  # type: ignore[arg-type]  # the fields of a Backup
    Path(changed.manifest_path).write_text(write_manifest(changed))
    return changed


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.conninfo()) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


@pytest.fixture
def taken(server: Server, shop: str, tmp_path: Path) -> Backup:
    return backups.take_backup(shop, server.programs, str(tmp_path), emit=lambda event: None)


def test_into_a_new_database_with_all_that_belongs_to_it(
    server: Server, shop: str, tmp_path: Path, heard: list[Event]
) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE {name} SET search_path = app, "$user", public')
        connection.execute(f"ALTER DATABASE {name} SET app.secret = 'hunter2'")
        connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 42")
        connection.execute(f"ALTER ROLE shop_reader IN DATABASE {name} SET statement_timeout = '5s'")
        connection.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
        connection.execute(f"GRANT CONNECT ON DATABASE {name} TO shop_rw WITH GRANT OPTION")
        connection.execute(f"COMMENT ON DATABASE {name} IS 'it''s the shop'")
        connection.execute(f"ALTER DATABASE {name} OWNER TO shop_owner")
    backup = backups.take_backup(shop, server.programs, str(tmp_path), emit=heard.append, hashes=True)
    restored = backups.restore_into(backup, server.programs, shop, "shop_new", emit=heard.append)
    assert (restored.database, restored.how, restored.remarks) == ("shop_new", "hashes", ())
    with connect(shop) as old, connect(server.conninfo("shop_new")) as new:
        assert structure.compare_structures(fingerprint.read_structure(old), fingerprint.read_structure(new)) == ()
        assert new.connection.execute("SELECT count(*) FROM pg_statistic").fetchone() != (0,)
    assert "hunter2" not in repr(backup) + repr(heard)


def test_never_over_a_database_that_exists(server: Server, shop: str, taken: Backup) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("INSERT INTO app.animals VALUES ('cat', 4)")
    with pytest.raises(Misused, match="already exists"):
        backups.restore_into(
            taken, server.programs, shop, psycopg.conninfo.conninfo_to_dict(shop)["dbname"], emit=print
        )
    with pytest.raises(Refused, match="is not empty"):
        backups.restore(taken, server.programs, shop, emit=print)
    with psycopg.connect(shop) as connection:
        assert connection.execute("SELECT count(*) FROM app.animals").fetchone() == (3,)  # with the bird


def test_rows_that_do_not_come_back_fail_it_and_the_new_database_goes(
    server: Server, shop: str, taken: Backup
) -> None:
    more = tuple(replace(count, rows=count.rows + 1) if count.table == "users" else count for count in taken.counts)
    short = rewritten(taken, counts=(*more, TableCount("app", "gone", 7)))
    before = databases(server)
    with pytest.raises(BackupFailed) as caught:
        backups.restore_into(short, server.programs, shop, "shop_new", emit=lambda event: None)
    assert caught.value.what == "the restored copy differs from the manifest in 2 counts"
    assert (
        caught.value.why
        == "app.users: expected 51 rows, found 50 rows\napp.gone: expected 7 rows, found no such table"
    )
    assert "shop_new was dropped again" in (caught.value.remains_detail or "")
    assert databases(server) == before
    with pytest.raises(BackupFailed):
        backups.prove_backup(short, server.programs, emit=lambda event: None)
    assert backups.read_manifest(short.manifest_path).verified is None


@pytest.mark.majors(18)
def test_another_structure_fails_it(server: Server, shop: str, taken: Backup) -> None:
    path = Path(taken.structure_path)
    told = json.loads(path.read_text())
    told["items"] = [item for item in told["items"] if item[1] != "app.orders_placed"]
    changed = structure.parse_structure(json.dumps(told), "x")
    path.write_text(structure.format_structure(changed))
    with pytest.raises(BackupFailed, match="was changed"):
        backups.restore_into(taken, server.programs, shop, "shop_new", emit=lambda event: None)
    other = rewritten(taken, structure_digest=changed.digest, files=())
    with pytest.raises(BackupFailed, match="structure of the restored copy differs") as caught:
        backups.restore_into(other, server.programs, shop, "shop_new", emit=lambda event: None)
    assert "index app.orders_placed" in (caught.value.why or "")


@pytest.mark.majors(15)
@pytest.mark.parametrize("harm", ["a bit", "the end", "all"])
def test_a_damaged_file_is_known_before_anything_is_made(server: Server, shop: str, taken: Backup, harm: str) -> None:
    path = Path(taken.path)
    whole = bytearray(path.read_bytes())
    if harm == "a bit":
        whole[len(whole) // 2] ^= 1
        path.write_bytes(whole)
    elif harm == "the end":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        path.unlink()
    before = databases(server)
    with pytest.raises(BackupFailed) as caught:
        backups.restore_into(taken, server.programs, shop, "shop_new", emit=lambda event: None)
    assert caught.value.what.startswith("cannot read the backup" if harm == "all" else "the backup is damaged")
    assert databases(server) == before


@pytest.mark.majors(18)
def test_every_file_of_a_backup_is_checked(server: Server, shop: str, taken: Backup) -> None:
    for path in (Path(taken.path), Path(taken.structure_path), Path(taken.roles_path)):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 3] ^= 1
        for harm in (bytes(flipped), whole[:-1], whole + b" ", b"", None):
            if harm is None:
                path.unlink()
            else:
                path.write_bytes(harm)
            with pytest.raises(BackupFailed) as caught:
                backups.check_restorable(taken, server.programs, shop, emit=lambda event: None)
            assert caught.value.where == str(path)
        path.write_bytes(whole)
        path.chmod(0o600)
    backups.check_restorable(taken, server.programs, shop, emit=lambda event: None)


@pytest.mark.majors(18)
def test_a_backup_of_an_older_rowkeep_is_restored_with_words(
    server: Server, shop: str, taken: Backup, heard: list[Event]
) -> None:
    Path(taken.roles_path).unlink()
    old = rewritten(taken, files=(), hash_form=1)
    backups.restore_into(old, server.programs, shop, "shop_new", emit=heard.append)
    assert any(isinstance(event, Noted) and "older Rowkeep" in event.message for event in heard)


@pytest.mark.majors(15)
def test_a_missing_extension_is_named_before_anything_is_made(server: Server, shop: str, taken: Backup) -> None:
    needs = replace(taken, extensions=(*taken.extensions, Extension("postgis", "3.4")))
    with pytest.raises(BackupFailed) as caught:
        backups.restore_into(needs, server.programs, shop, "shop_new", emit=lambda event: None)
    assert caught.value.what == "this server cannot create 1 extension that the backup needs: postgis 3.4"
    assert "shop_new" not in databases(server)


@pytest.mark.majors(15)
def test_missing_roles_are_refused_or_made_without_rights(
    server: Server, shop: str, taken: Backup, heard: list[Event]
) -> None:
    needs = replace(taken, roles=(*taken.roles, SavedRole("app_of_old", ("SUPERUSER", "LOGIN"))))
    with pytest.raises(Refused) as caught:
        backups.restore_into(needs, server.programs, shop, "shop_new", emit=heard.append)
    assert caught.value.what == "1 role that the backup needs is not on this server: app_of_old"
    backups.restore_into(needs, server.programs, shop, "shop_new", emit=heard.append, create_roles=True)
    assert any(isinstance(event, Noted) and "app_of_old" in event.message for event in heard)
    with psycopg.connect(shop) as connection:
        told = connection.execute("SELECT rolsuper, rolcanlogin FROM pg_roles WHERE rolname = 'app_of_old'").fetchone()
    assert told == (False, False)


def test_the_configured_database_may_be_gone(server: Server, shop: str, taken: Backup) -> None:
    name = psycopg.conninfo.conninfo_to_dict(shop)["dbname"]
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}")
    restored = backups.restore_into(taken, server.programs, shop, str(name), emit=lambda event: None)
    assert restored.backup.rows == 552


def test_a_copy_on_a_throw_away_server_is_like_the_original(
    server: Server, shop: str, tmp_path: Path, heard: list[Event]
) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("ALTER ROLE shop_reader SET search_path = app, pg_temp")
        connection.execute("GRANT pg_read_all_data TO shop_owner")
        connection.execute("CREATE ROLE mover LOGIN CREATEDB BYPASSRLS")
        connection.execute("GRANT shop_owner TO mover WITH ADMIN OPTION")
        connection.execute(f"ALTER ROLE mover IN DATABASE {connection.info.dbname} SET role = 'shop_owner'")
    backup = backups.take_backup(shop, server.programs, str(tmp_path), emit=heard.append)
    with connect(shop) as session:
        original = fingerprint.read_structure(session)
    with scratch.start_server(server.programs) as throw_away:
        restored = backups.restore_copy(backup, throw_away, emit=heard.append)
        assert restored.remarks == ()
        with connect(throw_away.conninfo(restored.database)) as session:
            assert structure.compare_structures(original, fingerprint.read_structure(session)) == ()
        # Production's own user may do there what it may do in production, and makes tables that the same role owns.
        with connect(throw_away.conninfo(restored.database), user="mover") as session:
            session.connection.execute("CREATE TABLE app.made (a integer)")
            owner = session.connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'made'").fetchone()
            assert owner == ("shop_owner",)


@pytest.mark.majors(18)
def test_no_schema_public_where_the_original_has_none(server: Server, database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public")
        connection.execute("CREATE SCHEMA app CREATE TABLE t (a integer)")
    backup = backups.take_backup(database, server.programs, str(tmp_path), emit=lambda event: None)
    proven, _ = backups.prove_backup(backup, server.programs, emit=lambda event: None)
    assert proven.verified


def test_what_no_dump_carries_does_not_spoil_the_proof(server: Server, shop: str, tmp_path: Path) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("ALTER TABLE app.users DISABLE TRIGGER ALL")
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.orders_note'::regclass")
    backup = backups.take_backup(shop, server.programs, str(tmp_path), emit=lambda event: None)
    proven, _ = backups.prove_backup(backup, server.programs, emit=lambda event: None)
    assert proven.verified


@pytest.mark.majors(14)
def test_up_to_another_major_and_not_down(
    server: Server, servers: Callable[[int], Server], shop: str, tmp_path: Path, heard: list[Event]
) -> None:
    newer = servers(18)
    backup = backups.take_backup(shop, server.programs, str(tmp_path / "old"), emit=heard.append, hashes=True)
    with psycopg.connect(newer.conninfo(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS from_14")
    restored = backups.restore_into(
        backup, newer.programs, newer.conninfo(), "from_14", emit=heard.append, create_roles=True
    )
    assert restored.how == "hashes" and restored.remarks == () and not restored.structure_compared
    assert restored.proof == "restored: every value of 552 rows in 8 tables came back"
    try:
        up = backups.take_backup(newer.conninfo("from_14"), newer.programs, str(tmp_path / "new"), emit=heard.append)
        # PostgreSQL 14's own pg_restore cannot read it; 18's can, with one complaint that harms nothing.
        with pytest.raises(ProgramMissing):
            backups.check_restorable(up, programs.obtain_programs(14, CLIENT), shop, emit=heard.append)
        down = backups.restore_into(up, newer.programs, server.conninfo(), "from_18", emit=heard.append)
        assert len(down.remarks) >= 1 and "harmless" in down.remarks[0]
    finally:
        with psycopg.connect(newer.conninfo(), autocommit=True) as connection:
            connection.execute("DROP DATABASE from_14 WITH (FORCE)")
            connection.execute("DROP ROLE shop_reader, shop_rw, shop_owner")


MADE_LIKE = (
    "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
    "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
    "ENCODING 'UTF8' LOCALE_PROVIDER 'builtin' BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'",
)


@pytest.mark.majors(18)
@pytest.mark.parametrize("like", MADE_LIKE)
def test_encoding_and_locale_are_the_originals(server: Server, tmp_path: Path, like: str) -> None:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE other_locale TEMPLATE template0 {like}".encode())
    with psycopg.connect(server.conninfo("other_locale"), autocommit=True, client_encoding="UTF8") as connection:
        connection.execute("CREATE TABLE t AS SELECT 'Müller' AS name".encode())
    conninfo = server.conninfo("other_locale")
    backup = backups.take_backup(conninfo, server.programs, str(tmp_path), emit=print, hashes=True)
    restored = backups.restore_into(backup, server.programs, conninfo, "like_it", emit=print)
    assert restored.remarks == () and restored.how == "hashes"
    with connect(conninfo) as old, connect(server.conninfo("like_it")) as new:
        assert structure.compare_structures(fingerprint.read_structure(old), fingerprint.read_structure(new)) == ()
