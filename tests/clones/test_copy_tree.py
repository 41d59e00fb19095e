"""Copies of directory trees: by reflink where the file system has that, by content elsewhere, and never by a link."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rowkeep.clones.copy_tree import TreeCopy, UnexpectedFile, can_reflink, hash_of_files, size_of_files
from rowkeep.domain.deploy.golden_copy import CopyMethod
from rowkeep.programs.background import Cancellation, NotNeeded
from rowkeep.programs.server_user import ServerUser

MYSELF = ServerUser("me", os.geteuid(), os.getegid(), foreign=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    (source / "base" / "1").mkdir(parents=True)
    (source / "base" / "1" / "1259").write_bytes(os.urandom(300_000))
    (source / "empty").write_bytes(b"")
    (source / "PG_VERSION").write_text("18\n")
    return source


def test_a_copy_has_the_same_files_for_its_owner_only(tree: Path, tmp_path: Path) -> None:
    copy = TreeCopy(MYSELF)
    copy.copy(tree, tmp_path / "target")
    for name in ("base/1/1259", "empty", "PG_VERSION"):
        assert (tmp_path / "target" / name).read_bytes() == (tree / name).read_bytes()
        assert (tmp_path / "target" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "target" / "base").stat().st_mode & 0o777 == 0o700
    assert size_of_files(tmp_path / "target") == size_of_files(tree) == 300_003


@pytest.mark.parametrize("kind", ["link to a file", "link to a directory", "fifo", "link in place of the source"])
def test_what_is_neither_a_file_nor_a_directory_is_not_copied(tree: Path, tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    source = tree
    match kind:
        case "link to a file":
            (tree / "base" / "planted").symlink_to(secret / "key")
        case "link to a directory":
            (tree / "pg_tblspc").symlink_to(secret)
        case "fifo":
            os.mkfifo(tree / "base" / "fifo")
        case _:
            source = tmp_path / "linked"
            source.symlink_to(secret)
    with pytest.raises(OSError, match=r".") as caught:
        TreeCopy(MYSELF).copy(source, tmp_path / "target")
    assert isinstance(caught.value, UnexpectedFile) or caught.value.errno in (errno.ELOOP, errno.ENOTDIR)
    assert "secret" not in "".join(path.read_text() for path in (tmp_path / "target").rglob("*key*"))


def test_a_copy_that_is_not_needed_any_more_stops(tree: Path, tmp_path: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(NotNeeded):
        TreeCopy(MYSELF, cancellation).copy(tree, tmp_path / "target")


def test_the_hash_shows_every_change(tree: Path) -> None:
    hashes = {hash_of_files(tree)}
    (tree / "base" / "1" / "1259").open("ab").write(b"x")
    hashes.add(hash_of_files(tree))
    with (tree / "base" / "1" / "1259").open("r+b") as file:  # the same size
        file.write(b"changed")
    hashes.add(hash_of_files(tree))
    (tree / "empty").unlink()
    hashes.add(hash_of_files(tree))
    (tree / "pg_wal").mkdir()
    hashes.add(hash_of_files(tree))
    assert len(hashes) == 5


@pytest.fixture(params=["xfs", "btrfs"])
def reflinks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | None]:
    """A new file system with reflinks in a file; None where this system cannot mount one (it needs root and mkfs)."""
    image, point = tmp_path / "image", tmp_path / "mounted"
    point.mkdir()
    with image.open("wb") as file:
        file.truncate(320 << 20)
    commands = [
        [f"mkfs.{request.param}", "-q", str(image)],
        ["mount", "-t", request.param, "-o", "loop", str(image), str(point)],
    ]
    try:
        mounted = all(
            subprocess.run(command, capture_output=True, check=False).returncode == 0 for command in commands
        )
    except FileNotFoundError:
        mounted = False
    try:
        yield point if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(point)], check=True)


def test_reflinks_are_found_by_trying(reflinks: Path | None, tree: Path, tmp_path: Path) -> None:
    """Without such a file system here, the second half alone is tested: see docs/rehearsal.md for how it is made."""
    if reflinks is not None:
        assert can_reflink(reflinks)
        (reflinks / "source").mkdir()
        big = reflinks / "source" / "big"
        big.write_bytes(os.urandom(60 << 20))
        os.sync()
        before = os.statvfs(reflinks).f_bavail * os.statvfs(reflinks).f_frsize
        for number in range(8):  # more than the file system could hold as copies
            copy = TreeCopy(MYSELF)
            copy.copy(reflinks / "source", reflinks / f"clone{number}")
            assert copy.method is CopyMethod.REFLINK
        with (reflinks / "clone0" / "big").open("r+b") as file:
            file.write(b"changed")
        os.sync()
        assert before - os.statvfs(reflinks).f_bavail * os.statvfs(reflinks).f_frsize < 20 << 20
        assert big.read_bytes()[:7] != b"changed"
        assert (reflinks / "clone1" / "big").read_bytes() == big.read_bytes()
        elsewhere = TreeCopy(MYSELF)
        elsewhere.copy(tree, reflinks / "from-elsewhere")  # blocks of another file system cannot be shared
        assert elsewhere.method is CopyMethod.FILES
        assert (reflinks / "from-elsewhere" / "base" / "1" / "1259").read_bytes() == (
            tree / "base" / "1" / "1259"
        ).read_bytes()
    copy = TreeCopy(MYSELF)
    copy.copy(tree, tmp_path / "target")
    assert (copy.method is CopyMethod.REFLINK) == can_reflink(tmp_path)
