"""Only regular files inside of the project are read, of a size that a person wrote, and nothing is waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from rowkeep.files import read_directory
from rowkeep.files.filesystem.listing import read_listing
from rowkeep.files.filesystem.regular import Unsuitable, project_root, read_regular
from rowkeep.files.select import select_from_pipe, select_migrations

SECRET = "root:$6$hidden:19000"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "secret").write_text(SECRET)
    home = tmp_path / "project"
    (home / "migrations").mkdir(parents=True)
    (home / "migrations/1700000000000_a.sql").write_text("SELECT 1;\n")
    monkeypatch.chdir(home)
    return home


def place(kind: str, at: Path, project: Path) -> None:
    match kind:
        case "link out":
            at.symlink_to(project.parent / "secret")
        case "relative link out":
            at.symlink_to(os.path.relpath(project.parent / "secret", at.parent))
        case "link to a link out":
            (project / "inner").symlink_to(project.parent / "secret")
            at.symlink_to(project / "inner")
        case "/proc":
            at.symlink_to("/proc/self/environ")
        case "/dev/zero":
            at.symlink_to("/dev/zero")
        case "device":
            os.mknod(at, 0o20666, os.makedev(1, 5))
        case "fifo":
            os.mkfifo(at)
        case "socket":
            here = Path.cwd()
            os.chdir(at.parent)
            socket.socket(socket.AF_UNIX).bind(at.name)
            os.chdir(here)
        case "directory":
            at.mkdir()
        case "circle":
            at.symlink_to(at)
        case "nowhere":
            at.symlink_to("nothing-here")
        case "too large":
            with at.open("wb") as file:
                file.truncate(6_000_000_000)
        case _:
            raise AssertionError(kind)


KINDS = (
    "link out",
    "relative link out",
    "link to a link out",
    "/proc",
    "/dev/zero",
    pytest.param("device", marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")),
    "fifo",
    "socket",
    "circle",
    "nowhere",
    "too large",
)


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("kind", [*KINDS, "directory"])
def test_it_is_not_read(kind: str, project: Path) -> None:
    at = project / "migrations/1700000000001_b.sql"
    place(kind, at, project)
    with pytest.raises((OSError, RuntimeError)):
        read_regular(at, within=project)


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("kind", KINDS)
def test_as_a_migration_it_is_a_fault_that_is_said(kind: str, project: Path) -> None:
    at = project / "migrations/1700000000001_b.sql"
    place(kind, at, project)
    directory = read_directory("migrations")
    texts = [part.source.text for each in directory.migrations for part in (each.up, each.down) if part is not None]
    assert SECRET not in "".join(texts)
    remarks = [remark for each in directory.migrations for remark in each.remarks] + list(directory.remarks)
    assert any(remark.fatal and "1700000000001" in remark.source.path for remark in remarks), remarks


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("kind", KINDS)
def test_as_a_file_that_is_named_and_as_an_included_one(kind: str, project: Path) -> None:
    from rowkeep.errors import Misused

    at = project / "other.sql"
    place(kind, at, project)
    try:
        found = select_migrations(["other.sql"])
    except (Misused, OSError):
        pass
    else:
        assert all(
            SECRET not in part.source.text for each in found for one in each.chosen for part in [one.up] if part
        )
    (project / "migrations/1700000000001_b.sql").write_text("\\i other.sql\nSELECT 1;\n")
    directory = read_directory("migrations")
    included = [each for migration in directory.migrations for each in migration.includes]
    assert included
    assert all(each.source is None and each.why for each in included)


def test_links_within_the_project_are_followed(project: Path) -> None:
    (project / "shared").mkdir()
    (project / "shared/real.sql").write_text("SELECT 2;\n")
    (project / "migrations/1700000000001_b.sql").symlink_to("../shared/real.sql")
    directory = read_directory("migrations")
    assert [each.up.source.text for each in directory.migrations if each.up] == ["SELECT 1;\n", "SELECT 2;\n"]


def test_the_repository_is_the_project(project: Path) -> None:
    (project / ".git").mkdir()
    (project / "package").mkdir()
    assert project_root(project / "package") == project.resolve()
    assert project_root(project.parent) == project.parent.parent.resolve()


def test_a_text_from_stdin_is_all_that_is_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object, **more: object) -> bytes:
        raise AssertionError(f"{given} was read")

    monkeypatch.setattr("rowkeep.files.filesystem.listing.read_regular", refuse)
    monkeypatch.setattr("rowkeep.files.filesystem.listing.read_in_folder", refuse)
    (project / "dump.sql").write_text("SELECT 1;\n")
    found = select_from_pipe("stdin.sql", b"DROP TABLE a;\n", home="migrations")
    assert len(found.chosen) == 1


def test_a_file_grown_too_large(project: Path) -> None:
    (project / "a.sql").write_bytes(b"x" * 100)
    assert read_regular(project / "a.sql", largest=100) == b"x" * 100
    with pytest.raises(Unsuitable):
        read_regular(project / "a.sql", largest=99)


@pytest.mark.parametrize("target", ["secret", "/proc/self/environ"])
def test_a_link_in_a_folder_of_the_directory_leads_nowhere(target: str, project: Path) -> None:
    folder = project / "migrations/2024-01-01-000000_first"
    folder.mkdir()
    (folder / "up.sql").write_text("SELECT 2;\n")
    (folder / "down.sql").symlink_to(project.parent / target)
    listing = read_listing("migrations")
    entries = listing.folders["2024-01-01-000000_first"]
    assert entries["up.sql"].source.text == "SELECT 2;\n"
    assert entries["down.sql"].source.text == ""
    assert [remark.fatal for remark in entries["down.sql"].remarks] == [True]


def test_a_directory_that_is_a_link_is_read(project: Path) -> None:
    (project / "also").symlink_to("migrations")
    assert [entry.source.text for entry in read_listing("also").files.values()] == ["SELECT 1;\n"]


def test_a_file_of_no_size_is_read_to_its_end(project: Path) -> None:
    status = read_regular(Path("/proc/self/status"))
    assert status.startswith(b"Name:")
    assert status.endswith(b"\n")
    assert read_regular(project / "migrations/1700000000000_a.sql") == b"SELECT 1;\n"
