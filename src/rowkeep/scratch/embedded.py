"""The embedded server: durable, one per project, running while any command uses it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.errors import Unreachable
from rowkeep.knowledge.program_locations import SERVER
from rowkeep.programs import obtain_programs
from rowkeep.programs.cache import hold_file_lock
from rowkeep.scratch import cluster, lifetime, made_here
from rowkeep.scratch.embedded_directory import EmbeddedHome, resolve_home, socket_directory
from rowkeep.scratch.server import PORT, Server
from rowkeep.scratch.spec import parse_spec

DATABASE = "app"
"""The database of `embedded:`. The name is fixed, so that a renamed or moved project finds its rows again."""

PATIENCE = 600.0
"""Seconds a start may take. After a power failure the server must recover."""

LOG = 1_000_000
"""Maximum size of the server log; at the next start a new one is begun."""


@contextmanager
def embedded_server(
    spec: str,
    *,
    project: Path | str = ".",
    pg_bin: str | None = None,
    fetch: bool = True,
    emit: Emit | None = None,
) -> Iterator[Server]:
    """Run the embedded server of `spec` (`embedded:`, `embedded:17`, `embedded:DIR`).

    project: the directory whose `.rowkeep/embedded/MAJOR` is the default. Created on first use, with the database
    `app`. Other commands join; the last one stops it. Its data is durable (fsync is on). A cluster that this user did
    not create is not started. Raises Misused, ProgramMissing, Unreachable.
    """
    home = resolve_home(parse_spec(spec), Path(project), emit)
    if not home.new:
        made_here.admit_server(home.directory, os.environ)
    programs = obtain_programs(home.major, SERVER, pg_bin=pg_bin, fetch=fetch, emit=emit)
    try:
        _make(home)
        with hold_file_lock(home.directory / lifetime.JOIN):
            at = socket_directory(home)
            hold = _join(home) or _start(home, programs, at, emit)
            # A running server may have been started with another name of the directory.
            at = Path(lifetime.read_postmaster_pid(home.directory)[4])
    except OSError as error:
        raise Unreachable(
            "cannot use the directory of the embedded server",
            code=ErrorCode.LOCAL_SERVER_FAILED,
            where=str(error.filename or home.directory),
            why=error.strerror or str(error),
        ) from None
    try:
        yield Server(programs, str(home.directory), str(at), DATABASE)
    finally:
        hold.release()
        if at != home.directory:
            with suppress(OSError):  # not empty: another command still uses the server
                at.rmdir()


def _make(home: EmbeddedHome) -> None:
    """Create the directory (0700, owned by the server user). git ignores `.rowkeep`."""
    for parent in reversed([parent for parent in home.directory.parents if not parent.exists()]):
        parent.mkdir(mode=0o755)
        if parent.name == ".rowkeep":
            (parent / ".gitignore").write_text("*\n", encoding="ascii")
    home.directory.mkdir(mode=0o700, exist_ok=True)
    if home.new:
        home.directory.chmod(0o700)
        home.who.own(home.directory)
    with hold_file_lock(home.directory / lifetime.JOIN):
        home.who.own(home.directory / lifetime.JOIN)


def _join(home: EmbeddedHome) -> lifetime.ServerHold | None:
    """Join the running server; None if none is running. Only while holding the lock."""
    if _free(home):
        return None
    try:
        end = os.open(home.directory / lifetime.HOLD, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        # Nobody reads the FIFO: the watchdog was killed. Stop the server, so that it restarts with a watchdog.
        lifetime.end_orphan(home.directory, signal.SIGINT, PATIENCE, lambda: _free(home))
        return None
    return lifetime.ServerHold(home.directory, end, None)


def _start(home: EmbeddedHome, programs: Programs, at: Path, emit: Emit | None) -> lifetime.ServerHold:
    """Start the server, and create its cluster if missing. Only while holding the lock."""
    for part in home.directory.glob(f"{lifetime.DATA}.part-*"):
        shutil.rmtree(part, ignore_errors=True)
    if not (home.directory / lifetime.DATA).exists():
        if emit is not None:
            user = (
                f", run by the user {home.who.name} because PostgreSQL refuses to run as root"
                if home.who.foreign
                else ""
            )
            emit(Noted(f"creating an embedded PostgreSQL {programs.version} in {home.directory}{user}"))
        _initialize(home, programs, emit)
    log = home.directory / lifetime.LOG
    if log.exists() and log.stat().st_size > LOG:
        log.unlink()
    lock = lifetime.try_lock(home.directory)
    if lock is None:
        raise Unreachable(
            "the embedded server is in use by another process",
            code=ErrorCode.EMBEDDED_SERVER_IN_USE,
            where=str(home.directory),
        )
    try:
        _clear_stale(home, at)
    except BaseException:
        os.close(lock)
        raise
    hold = lifetime.launch_server(
        programs, home.directory, at, home.who, {}, durable=True, lock=lock, patience=PATIENCE
    )
    for name in (lifetime.LOCK, lifetime.HOLD, lifetime.LOG):
        home.who.own(home.directory / name)
    return hold


def _clear_stale(home: EmbeddedHome, at: Path) -> None:
    """Remove lock files left by a power failure.

    Every process of our server inherits our lock, and the lock is free, so none is running. But after a restart
    (always in a container) the pid in those files may belong to another program, and the server would refuse to start.
    """
    for file in (home.directory / lifetime.DATA / "postmaster.pid", at / f".s.PGSQL.{PORT}.lock"):
        if not file.exists():
            continue
        pid = file.read_text(errors="replace").split()[0]
        name = _process(pid)
        if "postgres" in name:
            raise Unreachable(
                "a server that Rowkeep did not start is using the directory of the embedded server",
                code=ErrorCode.EMBEDDED_SERVER_IN_USE,
                where=str(home.directory),
                why=f"process {pid} ({name})",
                instead=("stop it and run the command again",),
            )
        file.unlink()


def _process(pid: str) -> str:
    """The name of a running process, or ''. Small containers have no `ps`, macOS has no /proc."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text(errors="replace").partition(") ")
        return "" if rest.startswith("Z") else name.partition("(")[2]
    except OSError:
        if sys.platform == "linux":
            return ""
    asked = ["ps", "-o", "stat=,comm=", "-p", pid]
    state, _, name = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state.startswith("Z") else name.strip()


def _initialize(home: EmbeddedHome, programs: Programs, emit: Emit | None) -> None:
    """Create the cluster and its database under a temporary name, and rename it when it is complete and recorded."""
    part = home.directory / f"{lifetime.DATA}.part-{os.getpid()}"
    cluster.initialize_cluster(programs, part, home.who)
    first = (resources.files(__package__) / "first.sql").read_bytes()
    code, output = cluster.run_as_server_user(
        [programs.path("postgres"), "--single", "-j", "-D", str(part), "-c", "fsync=off", "postgres"],
        home.who,
        cluster.server_environment(programs),
        first,
    )
    if code != 0 or "ERROR" in output:
        raise Unreachable(
            "cannot create the embedded server's database",
            code=ErrorCode.LOCAL_SERVER_FAILED,
            where=str(part),
            why=output.strip()[-500:],
        )
    cluster.wait_until_synced(programs, part, home.who)
    identifier = made_here.system_identifier(part)
    kept = identifier is not None and made_here.remember_server(home.directory, identifier, os.environ)
    part.rename(home.directory / lifetime.DATA)
    if not kept and emit is not None:
        words = "cannot write to the state directory (XDG_STATE_HOME)"
        emit(Noted(f"{words}: the next start will ask whether this server was created here", warning=True))


def _free(home: EmbeddedHome) -> bool:
    """Whether nobody holds the lock file."""
    handle = lifetime.try_lock(home.directory)
    if handle is not None:
        os.close(handle)
    return handle is not None
