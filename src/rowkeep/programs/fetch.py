"""Programs in Rowkeep's own cache: downloaded once, with a pinned hash, and checked before each use."""

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
    """The name of this platform in the list of wheels: `linux-x86_64`, `darwin-arm64` …"""
    musl = "-musl" if sys.platform == "linux" and platform.libc_ver()[0] != "glibc" else ""
    return f"{sys.platform}-{platform.machine().lower()}{musl}"


def pinned_wheel(major: int) -> Wheel | None:
    """The wheel of `major` for this platform."""
    return find_wheel(major, platform_name())


def describe_pinned(major: int) -> str:
    """What `fetch_programs` would return, as text: the pinned version, and whether it is in the cache."""
    wheel = pinned_wheel(major)
    if wheel is None:
        return f"{major} (none for {platform_name()})"
    return f"{wheel.version} ({ORIGIN if find_cached(major) else 'not downloaded yet'})"


def find_cached(major: int) -> Programs | None:
    """The programs of `major` that are in the cache and undamaged, or None."""
    wheel = pinned_wheel(major)
    if wheel is None:
        return None
    for directory in cache.readable_caches():
        target = _target(directory, wheel)
        try:
            whole = target.is_dir() and unpack.find_damage(target) is None
        except OSError:  # it can be entered but not read
            continue
        if whole:
            return programs_in(target / "bin", ORIGIN)
    return None


def fetch_programs(major: int, *, emit: Emit | None = None, file: str | None = None) -> Programs:
    """The programs of `major` in the cache, downloaded if missing.

    file: a wheel that was copied here, for machines without a network. Concurrent processes download only once. Raises
    ProgramMissing: no wheel for this platform, no network, wrong hash, no disk space, a missing library.
    """
    wheel = pinned_wheel(major)
    if wheel is None:
        raise ProgramMissing(
            f"there is no ready-made PostgreSQL {major} for this platform",
            code=ErrorCode.PLATFORM_NOT_SUPPORTED,
            where=platform_name(),
            why="the wheels exist for glibc Linux (x86_64, aarch64) and macOS, majors 14 to 18",
        )
    directory = cache.cache_directory()
    target = _target(directory, wheel)
    cached = find_cached(major) if file is None else None
    if cached is not None and not Path(cached.directory).is_relative_to(target):
        # In a read-only cache.
        return selftest.test_programs(cached, wheel)
    target.parent.mkdir(mode=0o755, exist_ok=True)
    target.parent.chmod(0o755)
    with cache.hold_file_lock(target.parent / f".{target.name}.lock"):
        if target.is_dir():
            damage = unpack.find_damage(target, thorough=True)
            if damage is None:
                return selftest.test_programs(_look(target), wheel)
            _say(
                emit,
                Noted(
                    f"PostgreSQL {wheel.version} in the cache is damaged and will be downloaded again: {damage}", True
                ),
            )
        _install(wheel, target, file, emit)
        return selftest.test_programs(_look(target), wheel)


def _install(wheel: Wheel, target: Path, file: str | None, emit: Emit | None) -> None:
    size = f"{wheel.size / 1e6:.0f} MB"
    began = time.monotonic()
    _say(emit, StageStarted("tools", f"downloading PostgreSQL {wheel.version} ({size}) into {target}"))
    outcome = Outcome.FAILED
    unpack.remove_partial(target.parent)
    work = Path(tempfile.mkdtemp(prefix="rowkeep-fetch-"))
    try:
        source = installer.download_wheel(wheel, work) if file is None else Path(file)
        if source.is_file() or file is not None:
            unpack.check_hash(source, wheel)
        unpack.unpack_wheel(source, wheel, target)
        outcome = Outcome.OK
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _say(emit, StageFinished("tools", outcome, time.monotonic() - began))


def _look(target: Path) -> Programs:
    programs = programs_in(target / "bin", ORIGIN)
    if programs is None:
        raise selftest.describe_broken(target / "bin" / "pg_dump")
    return programs


def _target(directory: Path, wheel: Wheel) -> Path:
    return directory / "postgresql" / f"{wheel.version}-{wheel.platform}"


def _say(emit: Emit | None, event: Noted | StageStarted | StageFinished) -> None:
    if emit is not None:
        emit(event)
