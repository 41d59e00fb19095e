"""The programs of exactly the server's major, or an error that says what to type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rowkeep.errors import ProgramMissing
from rowkeep.knowledge import installs, places
from rowkeep.programs import cache, find, obtain
from rowkeep.programs.obtain import missing
from rowkeep.report.errors import error_text


@pytest.fixture
def nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cache, "candidates", lambda: (tmp_path / "cache",))
    tmp_path.chmod(0o755)
    yield


@pytest.mark.parametrize("major", places.MAJORS)
def test_exactly_the_major(major: int) -> None:
    got = obtain(major)
    assert got.version.major == major
    assert got.names.issuperset(places.CLIENT)
    assert got.zstd is False or major >= 16


@pytest.mark.usefixtures("nothing_cached")
def test_without_fetching_the_error_says_both_versions_and_the_command() -> None:
    absent = next(major for major in places.MAJORS if major not in {one.version.major for one in find()})
    with pytest.raises(ProgramMissing) as caught:
        obtain(absent, fetch=False)
    text = error_text(caught.value)
    assert f"of PostgreSQL {absent}" in text
    assert f"rowkeep tools install {absent}" in text
    for one in find():
        assert str(one.version) in text


@pytest.mark.parametrize("family", ["debian", "rhel", "fedora", "alpine", "suse", "homebrew", "macports", "gentoo"])
@pytest.mark.parametrize("whole", [False, True])
def test_the_command_of_every_family_names_the_major(family: str, whole: bool) -> None:
    (command,) = installs.postgresql(family, 17, whole, privileged=False)
    assert "17" in command
    assert "{" not in command
    assert ("sudo" in command) == (family != "homebrew")
    assert "sudo" not in installs.postgresql(family, 17, whole, privileged=True)[0]


def test_an_unknown_system_still_has_the_fetch() -> None:
    assert installs.postgresql("other", 17, False, True) == ()
    assert "rowkeep tools install 17" in missing(17, ("pg_dump",), ()).instead


def test_a_missing_library_becomes_a_package() -> None:
    command = installs.libraries("debian", ("libxml2.so.2", "libssl.so.3", "libcrypto.so.3"), privileged=False)
    assert command == ("sudo apt install -y libxml2 libssl3",)
    assert "libfoo.so.1" in installs.libraries("debian", ("libfoo.so.1",), privileged=True)[0]


def test_each_major_has_a_wheel_for_every_platform() -> None:
    platforms = {"linux-x86_64", "linux-aarch64", "darwin-arm64", "darwin-x86_64"}
    assert {(one.version.major, one.platform) for one in places.wheels()} == {
        (major, platform) for major in places.MAJORS for platform in platforms
    }
    assert all(len(one.sha256) == 64 and one.size > 5_000_000 for one in places.wheels())
    assert len({one.sha256 for one in places.wheels()}) == len(places.wheels())
