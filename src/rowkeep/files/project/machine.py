"""Facts for `doctor` about this machine: disk space, permissions, git ignores, locales, installed extensions."""

from __future__ import annotations

import locale
import os
import shutil
import stat
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rowkeep.config import Settings
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.doctor_facts import MachineFacts, PathFacts
from rowkeep.files.libraries import find_absent_libraries
from rowkeep.files.run_metadata import SAFELY


def measure_machine(
    settings: Settings,
    programs: Programs | None = None,
    collation: str | None = None,
    used: tuple[str, ...] = (),
) -> MachineFacts:
    """This machine.

    programs: those a throw-away server would run; collation: the database's, if it is libc's; used: its extensions.
    """
    backups, temporary = Path(settings.backups_dir), Path(tempfile.gettempdir())
    passfile = Path(os.environ.get("PGPASSFILE") or Path("~/.pgpass").expanduser())
    env_file = Path(settings.env_file)
    return MachineFacts(
        today=datetime.now(UTC).date().isoformat(),
        now=datetime.now(UTC).isoformat(),
        backups=read_path_facts(backups),
        temporary=read_path_facts(temporary),
        passfile=read_path_facts(passfile),
        env_file=read_path_facts(env_file),
        extensions=list_extensions(programs) if programs else None,
        absent_libraries=missing_libraries(programs, used) if programs else {},
        icu=knows_icu(programs) if programs else None,
        locale=has_locale(collation) if collation else None,
        fetches=settings.fetch_programs,
        git_ignores={
            str(path): answer for path in (backups, env_file) if (answer := is_ignored_by_git(path)) is not None
        },
    )


def read_path_facts(path: Path) -> PathFacts:
    """A file or directory; of one that does not exist, whether it could be made, and the disk it would be on."""
    there = next((parent for parent in (path, *path.absolute().parents) if parent.exists()), Path("/"))
    mode = stat.S_IMODE(path.stat().st_mode) if there == path else None
    return PathFacts(str(path), mode, os.access(there, os.W_OK), shutil.disk_usage(there).free, there.stat().st_dev)


def is_ignored_by_git(path: Path) -> bool | None:
    """Whether git ignores `path`; None outside a repository or without git."""
    git = shutil.which("git")
    if git is None:
        return None
    # A trailing slash, so that rules for directories match before the directory exists.
    name = f"{path}/" if not path.is_file() and not path.name.startswith(".env") else str(path)
    try:
        code = subprocess.run(
            [git, *SAFELY, "check-ignore", "-q", name], capture_output=True, timeout=5, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {0: True, 1: False}.get(code)


def has_locale(name: str) -> bool:
    """Whether this system has the locale `name` (as libc spells it)."""
    before = locale.setlocale(locale.LC_COLLATE)
    try:
        locale.setlocale(locale.LC_COLLATE, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_COLLATE, before)
    return True


def list_extensions(programs: Programs) -> frozenset[str] | None:
    """The extensions that a server of these programs can create: its control files; None if they are not found."""
    binaries = Path(programs.directory)
    major = programs.version.major
    # pg_config --sharedir would need the program to be there; the server programs alone do not bring it.
    for directory in (
        binaries / "../share/postgresql/extension",
        binaries / f"../share/postgresql/{major}/extension",
        binaries / "../share/extension",
        Path(f"/usr/share/postgresql/{major}/extension"),
        Path("/usr/share/pgsql/extension"),
    ):
        names = frozenset(file.name.removesuffix(".control") for file in directory.glob("*.control"))
        if names:
            return names
    return None


def knows_icu(programs: Programs) -> bool | None:
    """Whether a server of these programs knows collations of ICU; None where its program cannot be read."""
    try:
        # A server that was built without ICU has these words in it, and one with ICU has not.
        return b"ICU is not supported in this build" not in Path(programs.path("postgres")).read_bytes()
    except OSError:
        return None


def missing_libraries(programs: Programs, used: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Missing shared libraries of the libraries of extensions, by extension."""
    found: dict[str, tuple[str, ...]] = {}
    for name in used:
        for directory in ("../lib/postgresql", "../lib"):
            library = Path(programs.directory) / directory / f"{name}.so"
            if library.is_file():
                if absent := find_absent_libraries(library):
                    found[name] = absent
                break
    return found
