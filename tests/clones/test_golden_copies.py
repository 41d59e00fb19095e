"""Golden copies: kept by a rehearsal, cloned by the next ones, and never used when they do not fit or are damaged."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.support.project import Project

from rowkeep import scratch
from rowkeep.clones import DataDirectoryClones, GoldenStore
from rowkeep.clones.copy_tree import TreeCopy
from rowkeep.clones.golden_store import Limits, read_control_state
from rowkeep.config import Settings
from rowkeep.domain.deploy.golden_copy import GoldenCopy
from rowkeep.domain.event import Event, Noted
from rowkeep.errors import RowkeepError, Unreachable
from rowkeep.workflows.rehearsal.manage_golden_copies import make_golden_copy

Golden = tuple[GoldenCopy, DataDirectoryClones, list[Event]]
UP = "ALTER TABLE users ADD COLUMN email text"


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for golden copies, which the servers' user can reach; golden copies are switched on."""
    home = Path(tempfile.mkdtemp(dir=os.environ["ROWKEEP_TEST_TMPDIR"]))
    home.chmod(0o755)
    monkeypatch.setenv("ROWKEEP_GOLDEN_DIR", str(home / "golden"))
    monkeypatch.setenv("ROWKEEP_GOLDEN_COPIES", "3")
    yield home / "golden"
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def shop(project: Project, place: Path) -> Project:
    """A project with rows and a pending migration."""
    project.sql("CREATE TABLE users (id int PRIMARY KEY, name text)")
    project.sql("INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 1000) n")
    project.write("1_email", UP, "ALTER TABLE users DROP COLUMN email")
    return project


def backups_of(project: Project) -> list[str]:
    return sorted(path.stem for path in (project.root / "backups").glob("*.dump"))


def rehearse(project: Project, *words: str, **environ: str) -> tuple[str | None, str]:
    """The backup whose golden copy a rehearsal cloned (None: it restored a new one), and what was said meanwhile."""
    finished = project.rowkeep("rehearse", *words, **environ)
    assert finished.returncode == 0, finished.stderr
    cloned = re.match(r"Rehearsed on a clone of the golden copy of (\S+), whose data is ", finished.stdout)
    assert cloned or finished.stdout.startswith("Rehearsed on the restored backup (")
    return cloned[1] if cloned else None, finished.stderr


@pytest.mark.majors(18)
def test_later_rehearsals_clone_what_the_first_one_restored(shop: Project) -> None:
    used, said = rehearse(shop)
    assert used is None
    assert "takes a new backup and restores it" in said
    assert "kept a golden copy" in said
    (backup,) = backups_of(shop)

    # Each clone is as the backup was, whatever the rehearsal before it has done to its own.
    for words in ((), ("--roundtrip",)):
        used, said = rehearse(shop, *words)
        assert used == backup
        assert "are free" in said
    copied = shop.json("rehearse")["result"]["rehearsal"]["golden_copy"]
    assert copied["backup"] == backup
    assert copied["method"] in ("reflink", "copy")
    assert 0 <= copied["data_age_seconds"] < 3600
    assert backups_of(shop) == [backup]

    (listed,) = shop.json("clones")["result"]["copies"]
    assert listed["backup"] == backup
    assert listed["clone_seconds"] > 0

    # A loss is found on a clone as on a restored backup.
    shop.write("2_lost", "DELETE FROM users WHERE id <= 10")
    lost = shop.rowkeep("rehearse")
    assert lost.returncode == 1
    assert "table public.users lost 10 rows" in lost.stderr
    assert "uses the golden copy" in lost.stderr
    assert shop.sql("SELECT count(*) FROM users") == [1000]
    (shop.migrations / "2_lost.sql").unlink()

    used, _ = rehearse(shop, "--fresh")
    assert used is None
    assert len(backups_of(shop)) == 2
    (listed,) = shop.json("clones")["result"]["copies"]
    assert listed["backup"] == backups_of(shop)[-1]  # the newest of a database only

    # What is applied now is not applied in the golden copy.
    assert shop.rowkeep("up").returncode == 0
    finished = shop.rowkeep("rehearse", "--down")
    assert finished.returncode == 0, finished.stderr
    assert "is not used: other migrations are applied now" in finished.stderr
    finished = shop.rowkeep("rehearse", "--down")
    assert finished.returncode == 0, finished.stderr
    assert "uses the golden copy" in finished.stderr


@pytest.mark.majors(18)
def test_a_golden_copy_that_does_not_fit_is_not_used(shop: Project) -> None:
    rehearse(shop)
    used, said = rehearse(shop, ROWKEEP_GOLDEN_COPY_MAX_AGE_H="0")
    assert used is None
    assert "more than golden-copy-max-age-h allows" in said
    used, said = rehearse(shop)  # what is too old was removed
    assert used is None
    shop.sql("CREATE TABLE meanwhile ()")
    used, said = rehearse(shop)
    assert used is None
    assert "the structure of the database has changed since" in said
    used, said = rehearse(shop, ROWKEEP_GOLDEN_COPIES="0")
    assert used is None
    assert "golden" not in said

    # Without its backup nobody could prove what is in it.
    used, _ = rehearse(shop)
    assert used is not None
    (root,) = (Path(shop.json("clones")["result"]["directory"]) / "copies").glob("[0-9a-f]*")
    for path in (shop.root / "backups").glob("*.dump*"):
        path.unlink()
    (unusable,) = shop.json("clones")["result"]["unusable"]
    assert unusable["fault"] == "its backup was removed or replaced"
    used, said = rehearse(shop)
    assert used is None
    assert not root.exists()

    # `backup prune` takes the golden copy along.
    shop.rowkeep("backup", "--prove")
    newest = backups_of(shop)[-1]
    pruned = shop.rowkeep("backup", "prune", "--keep", "1", "--yes")
    assert "removed the golden copies that have no backup now" in pruned.stderr
    assert backups_of(shop) == [newest]
    assert shop.json("clones")["result"]["copies"] == []


Damage = Callable[[Path], None]


def largest(data: Path) -> Path:
    return max((data / "base").rglob("[0-9]*"), key=lambda path: (path.is_file(), path.stat().st_size))


def flip(data: Path) -> None:
    with largest(data).open("r+b") as file:
        file.seek(5000)
        file.write(b"damaged")


def remove(data: Path) -> None:
    largest(data).unlink()


def crash(data: Path) -> None:
    with (data / "global" / "pg_control").open("r+b") as file:
        file.seek(16)
        file.write((6).to_bytes(4, "little"))  # DB_IN_PRODUCTION


def plant(data: Path) -> None:
    (data / "pg_tblspc" / "1").symlink_to("/etc")


@pytest.mark.majors(18)
def test_a_damaged_golden_copy_is_removed_and_a_new_backup_is_taken(shop: Project) -> None:
    rehearse(shop)
    damages: tuple[tuple[Damage, str], ...] = (
        (flip, "its files were changed or removed"),
        (remove, "its files were changed or removed"),
        (crash, "its server was not shut down cleanly"),
        (plant, "its files cannot be read: neither a file nor a directory"),
        (lambda data: data.chmod(0o755), "its files belong to another user, or others may read them"),
    )
    for damage, why in damages:
        (data,) = (Path(shop.json("clones")["result"]["directory"]) / "copies").glob("*/data")
        damage(data)
        used, said = rehearse(shop)
        assert used is None
        assert f"the golden copy cannot be used: {why}. It was removed; a new backup is taken" in said
        assert "kept a golden copy" in said
    used, _ = rehearse(shop)
    assert used is not None


@pytest.fixture
def golden(shop: Project, place: Path) -> Golden:
    """A golden copy, its provider, and the events of making it."""
    assert shop.rowkeep("backup").returncode == 0
    events: list[Event] = []
    settings = Settings(database=shop.conninfo, backups_dir=str(shop.root / "backups"))
    copy, proven = make_golden_copy(settings, "latest", events.append)
    assert proven.proof is not None
    assert proven.proof.startswith("restored: ")
    from rowkeep import programs

    store = GoldenStore(place)
    tools = programs.obtain_programs(copy.major, ("initdb", "postgres"))
    return copy, DataDirectoryClones(store, tools, Limits(3, 10**10, 86400.0), events.append), events


@pytest.mark.majors(14, 18)
def test_a_clone_acts_on_nothing_outside(golden: Golden) -> None:
    copy, provider, events = golden
    assert read_control_state(provider.store.data(copy)) == 1
    assert provider.store.data(copy).parent.stat().st_mode & 0o077 == 0
    with scratch.start_server(provider._programs) as restored_on:
        expected = restored_on.containment
    with (
        provider.clone(copy, events.append) as clone,
        psycopg.connect(clone.server.conninfo(copy.database)) as session,
    ):
        assert clone.server.containment == expected
        assert session.execute("SELECT count(*) FROM users").fetchone() == (1000,)
        for name, value in {
            "archive_mode": "off",
            "max_logical_replication_workers": "0",
            "shared_preload_libraries": "",
            "session_preload_libraries": "",
            "listen_addresses": "",
            "primary_conninfo": "",
        }.items():
            assert session.execute(f"SHOW {name}").fetchone() == (value,)
        directory = Path(clone.server.directory)
        assert directory.parent == provider.store.run_directory
        session.execute("DELETE FROM users")
        session.commit()
    assert not directory.exists()
    assert provider.store.check(copy) is None  # nothing of the clone reached the golden copy


@pytest.mark.majors(18)
def test_the_configuration_of_a_restored_server_is_not_kept(
    golden: Golden,
) -> None:
    """Functions of a database run as superuser while it is restored; they could change the configuration."""
    from rowkeep.clones import RestoredCluster
    from rowkeep.clones.golden_store import read_backup

    first, provider, events = golden
    backup = read_backup(first)
    assert backup is not None
    assert provider.drop(first)
    with scratch.start_server(provider._programs, parents=(provider.store.run_directory,)) as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as session:
            session.execute("ALTER SYSTEM SET session_preload_libraries = 'planted'")
        (Path(server.directory) / "data" / "pg_hba.conf").write_text("# planted: nobody may log in\n")
        (Path(server.directory) / "data" / "standby.signal").touch()
        source = RestoredCluster(server, backup, "postgres", "", 0.0)
        copy = provider.golden(source)
        assert copy is not None
        assert provider.golden(source) is None  # there is one already; the server still runs
        with psycopg.connect(server.conninfo()) as session:
            assert session.execute("SHOW session_preload_libraries").fetchone() == ("",)
            assert session.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    with provider.clone(copy, events.append) as clone, psycopg.connect(clone.server.conninfo()) as session:
        assert session.execute("SHOW session_preload_libraries").fetchone() == ("",)


@pytest.mark.majors(18)
def test_two_rehearsals_clone_the_same_golden_copy_at_once(
    golden: Golden,
) -> None:
    copy, provider, events = golden
    with provider.clone(copy, events.append) as first, provider.clone(copy, events.append) as second:
        for clone, rows in ((first, 10), (second, 20)):
            with psycopg.connect(clone.server.conninfo(copy.database)) as session:
                session.execute("DELETE FROM users WHERE id <= %s", [rows])
        for clone, rows in ((first, 990), (second, 980)):
            with psycopg.connect(clone.server.conninfo(copy.database)) as session:
                assert session.execute("SELECT count(*) FROM users").fetchone() == (rows,)
        # Clones do not need the golden copy any more, unless somebody copies it just now.
        with provider.store.hold(copy.key, exclusive=False, wait=False) as acquired:
            assert acquired
            assert not provider.drop(copy)
            assert provider.store.prune(Limits(0, 0, 0.0)) == ()
        assert provider.drop(copy)
    with pytest.raises(Unreachable, match="cannot be used"), provider.clone(copy, events.append):
        pass


@pytest.mark.majors(18)
def test_no_incomplete_golden_copy_is_used(golden: Golden, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at the worst moment, with a full disk, or beside somebody who makes the same one."""
    copy, provider, events = golden
    assert provider.drop(copy)
    settings = Settings(database=shop.conninfo, backups_dir=str(shop.root / "backups"))
    copies = provider.store.directory / "copies"

    child = os.fork()
    if child == 0:
        GoldenStore.finish = lambda *_: os._exit(9)  # type: ignore[method-assign,assignment]
        try:
            make_golden_copy(settings, "latest", lambda event: None)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert [path.name[:6] for path in copies.iterdir() if path.is_dir()] == [".part-"]
    content = provider.store.list_copies()
    assert content.copies == ()
    assert [unusable.fault for unusable in content.unusable] == ["unfinished"]

    def fill_the_disk(tree: TreeCopy, name: str, reading: int, writing: int) -> None:
        if name == "pg_control":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        copy_file(tree, name, reading, writing)

    copy_file = TreeCopy._copy_file
    monkeypatch.setattr(TreeCopy, "_copy_file", fill_the_disk)
    with pytest.raises(RowkeepError, match="no golden copy was kept"):
        make_golden_copy(settings, "latest", events.append)
    assert Noted("no golden copy was kept: the disk is full", warning=True) in events
    monkeypatch.undo()
    monkeypatch.setenv("ROWKEEP_GOLDEN_DIR", str(provider.store.directory))
    assert [path for path in copies.iterdir() if path.is_dir()] == []

    with provider.store.hold(copy.key, exclusive=True, wait=False), pytest.raises(RowkeepError):
        make_golden_copy(settings, "latest", events.append)
    again, _ = make_golden_copy(settings, "latest", events.append)
    assert again.key == copy.key

    # A clone on a full disk: the golden copy stays, and the message says what to do.
    monkeypatch.setattr(TreeCopy, "_copy_file", fill_the_disk)
    with pytest.raises(Unreachable, match="cannot be cloned") as caught, provider.clone(again, events.append):
        pass
    assert caught.value.why == "the disk is full"
    assert list(provider.store.run_directory.iterdir()) == []
    assert provider.store.check(again) is None


@pytest.mark.majors(18)
def test_limits_and_places(golden: Golden, shop: Project, place: Path, tmp_path: Path) -> None:
    copy, provider, _ = golden
    small = DataDirectoryClones(provider.store, provider._programs, Limits(3, copy.bytes - 1, 86400.0), lambda e: None)
    assert [removed.name for removed in small.store.prune(small._limits)] == [copy.backup_id]
    refused = shop.rowkeep("clones", "create", ROWKEEP_GOLDEN_COPIES_GB="0.001")
    assert refused.returncode == 1
    assert "and golden-copies-gb allows 1.0 MB" in refused.stderr
    assert shop.rowkeep("clones", "create").returncode == 0
    assert "removed 1 golden copy: " in shop.rowkeep("clones", "prune", "--all").stdout
    assert shop.json("clones")["result"]["copies"] == []

    # A record that leads elsewhere is no record.
    assert shop.rowkeep("clones", "create").returncode == 0
    (record,) = (provider.store.directory / "copies").glob("*/record.json")
    values = json.loads(record.read_text())
    record.write_text(json.dumps({**values, "key": "../../../etc"}))
    (unusable,) = shop.json("clones")["result"]["unusable"]
    assert unusable["fault"] == "its record cannot be read"

    # The checkout cannot say where they are; a directory that others can write to is made private, or refused.
    (shop.root / ".env").write_text(f"ROWKEEP_GOLDEN_DIR={tmp_path}/stolen\n")
    shop.rowkeep("clones")
    assert not (tmp_path / "stolen").exists()
    assert shop.rowkeep("clones", ROWKEEP_GOLDEN_DIR="relative").returncode == 2
    shutil.rmtree(place)
    place.symlink_to(tmp_path)
    linked = shop.rowkeep("clones")
    assert linked.returncode == 2
    assert "golden-directory-unusable" in shop.rowkeep("clones", "--output-format", "json").stdout
