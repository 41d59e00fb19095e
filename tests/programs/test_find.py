"""The system's programs are found where they are, by their real version, and wrappers are seen through."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rowkeep.domain.deploy.program import Programs, Version
from rowkeep.errors import Misused
from rowkeep.knowledge import program_locations
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.programs import find_programs, obtain_programs
from rowkeep.programs.version_query import VERSION


@pytest.fixture
def real() -> Programs:
    """Real programs of some major."""
    return obtain_programs(17, (*CLIENT, *SERVER))


def stub(directory: Path, version: str, *names: str) -> Path:
    """A directory with programs that can only say their version, as a version manager would lay it out."""
    directory.mkdir(parents=True)
    for name in names:
        program = directory / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n", encoding="ascii")
        program.chmod(0o755)
    return directory


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("pg_dump (PostgreSQL) 17.11", (17, 11)),
        ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", (15, 18)),
        ("postgres (PostgreSQL) 19beta2", (19, 0)),
        ("psql (PostgreSQL) 18devel", (18, 0)),
        ("pg_dump (EnterpriseDB) 16.4.1", (16, 4)),
    ],
)
def test_a_version_as_programs_say_it(said: str, version: tuple[int, int]) -> None:
    found = VERSION.search(said)
    assert found is not None
    assert (int(found["major"]), int(found["minor"] or 0)) == version


def test_on_path_through_a_link(real: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pg_dump").symlink_to(real.path("pg_dump"))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {one.directory: one for one in find_programs()}
    assert real.directory in found
    assert found[real.directory].version == real.version
    assert found[real.directory].names.issuperset((*CLIENT, *SERVER))


def test_a_wrapper_and_a_shim_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = stub(tmp_path / "common", "14.1", "pg_wrapper")
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr" / "pg_dump").symlink_to(wrapper / "pg_wrapper")
    shims = stub(tmp_path / "shims", "14.2", "pg_dump")
    monkeypatch.setenv("PATH", f"{tmp_path / 'usr'}{os.pathsep}{shims}")
    assert not [one for one in find_programs() if one.directory.startswith(str(tmp_path))]


def test_every_version_of_a_version_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("16.1", "16.10", "14.3"):
        stub(tmp_path / ".asdf/installs/postgres" / version / "bin", version, *CLIENT)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = [one for one in find_programs() if one.directory.startswith(str(tmp_path))]
    assert [one.version for one in found] == [Version(16, 10), Version(16, 1), Version(14, 3)]
    assert {one.origin for one in found} == {"asdf"}


def test_the_users_directory_goes_first(real: Programs, tmp_path: Path) -> None:
    named = stub(tmp_path / "bin", "17.1", *CLIENT)
    assert find_programs(pg_bin=str(named))[0].directory == str(named)
    assert find_programs(pg_bin=str(tmp_path))[0].directory == str(named), "the directory above is meant, too"
    assert obtain_programs(17, pg_bin=str(named)).directory == str(named)
    assert obtain_programs(17, SERVER, pg_bin=str(named)).version == real.version, "it has no server's programs"


def test_a_directory_without_programs_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(Misused) as caught:
        find_programs(pg_bin=str(tmp_path))
    assert str(tmp_path) in str(caught.value.where)


def test_a_program_of_another_major_in_the_directory_is_seen(tmp_path: Path) -> None:
    mixed = stub(tmp_path / "bin", "17.1", "pg_dump", "psql")
    stub(tmp_path / "other", "14.2", "pg_restore")
    (mixed / "pg_restore").symlink_to(tmp_path / "other" / "pg_restore")
    assert obtain_programs(17, CLIENT, pg_bin=str(mixed)).directory != str(mixed)


def test_every_pattern_is_absolute_and_can_be_filled_in() -> None:
    words = {"home": "/home/ann", "user": "ann", "conda": "/opt/conda"}
    patterns = [pattern.format(**words) for place in program_locations.list_locations() for pattern in place.globs]
    assert len(patterns) > 40
    assert all(pattern.startswith("/") and "{" not in pattern for pattern in patterns)
    assert {place.system for place in program_locations.list_locations()} == {"linux", "darwin", "any"}
