"""The programs of exactly the server's major, or an error that says what to type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rowkeep.errors import ProgramMissing
from rowkeep.knowledge import install_commands, program_locations
from rowkeep.programs import cache, find_programs, obtain_programs
from rowkeep.programs.obtain import missing_error
from rowkeep.report.errors import format_error


@pytest.fixture
def nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cache, "cache_candidates", lambda: (tmp_path / "cache",))
    tmp_path.chmod(0o755)
    yield


@pytest.mark.parametrize("major", program_locations.MAJORS)
def test_exactly_the_major(major: int) -> None:
    got = obtain_programs(major)
    assert got.version.major == major
    assert got.names.issuperset(program_locations.CLIENT)
    assert got.zstd is False or major >= 16


@pytest.mark.usefixtures("nothing_cached")
def test_without_fetching_the_error_says_both_versions_and_the_command() -> None:
    absent = next(
        major for major in program_locations.MAJORS if major not in {one.version.major for one in find_programs()}
    )
    with pytest.raises(ProgramMissing) as caught:
        obtain_programs(absent, fetch=False)
    text = format_error(caught.value)
    assert f"of PostgreSQL {absent}" in text
    assert f"rowkeep tools install {absent}" in text
    for one in find_programs():
        assert str(one.version) in text


@pytest.mark.parametrize("family", ["debian", "rhel", "fedora", "alpine", "suse", "homebrew", "macports", "gentoo"])
@pytest.mark.parametrize("whole", [False, True])
def test_the_command_of_every_family_names_the_major(family: str, whole: bool) -> None:
    (command,) = install_commands.install_postgresql_command(family, 17, whole, privileged=False)
    assert "17" in command
    assert "{" not in command
    assert ("sudo" in command) == (family != "homebrew")
    assert "sudo" not in install_commands.install_postgresql_command(family, 17, whole, privileged=True)[0]


def test_an_unknown_system_still_has_the_fetch() -> None:
    assert install_commands.install_postgresql_command("other", 17, False, True) == ()
    assert "rowkeep tools install 17" in missing_error(17, ("pg_dump",), ()).instead


def test_a_missing_library_becomes_a_package() -> None:
    command = install_commands.install_libraries_command(
        "debian", ("libxml2.so.2", "libssl.so.3", "libcrypto.so.3"), privileged=False
    )
    assert command == ("sudo apt install -y libxml2 libssl3",)
    assert "libfoo.so.1" in install_commands.install_libraries_command("debian", ("libfoo.so.1",), privileged=True)[0]


def test_each_major_has_a_wheel_for_every_platform() -> None:
    platforms = {"linux-x86_64", "linux-aarch64", "darwin-arm64", "darwin-x86_64"}
    assert {(one.version.major, one.platform) for one in program_locations.list_wheels()} == {
        (major, platform) for major in program_locations.MAJORS for platform in platforms
    }
    assert all(len(one.sha256) == 64 and one.size > 5_000_000 for one in program_locations.list_wheels())
    assert len({one.sha256 for one in program_locations.list_wheels()}) == len(program_locations.list_wheels())
