"""The arguments of pg_dump, and the meaning of its error messages."""

from __future__ import annotations

import signal

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import BackupFailed, ProgramMissing
from rowkeep.programs import ProgramResult
from rowkeep.report.events import format_blocker

FULL = compile_later(r"No space left on device|File too large|Disk quota exceeded|could not write|could not close")
LOST = compile_later(
    r"server closed the connection|terminating connection|connection to server .*(failed|lost)|SSL SYSCALL"
    r"|could not receive data|no connection to the server|the database system is (shutting|starting)"
    # The session that holds the snapshot is gone; before 17 and since.
    r"|invalid snapshot identifier|snapshot \"[^\"]*\" does not exist|could not import the requested snapshot"
    r"|connection not open|consuming input failed|the connection is (closed|lost)"
)
# pg_dump's --lock-wait-timeout is a statement_timeout around its LOCK TABLE.
LOCKED = compile_later(r"due to lock timeout|due to statement timeout(?=[\s\S]*LOCK TABLE)|could not obtain lock")
FORBIDDEN = compile_later(r"permission denied|row-level security")
CONFLICT = compile_later(r"canceling statement due to conflict with recovery")
LINE = 300
"""Maximum length of a line of pg_dump that is shown."""

SLOTS = compile_later(r"out of shared memory|max_locks_per_transaction")


def choose_compression(programs: Programs) -> str:
    """zstd if this pg_dump supports it (16 and later, depending on the build), else gzip, which has a checksum, too.

    pg_dump 14 and 15 silently accept `zstd:3` and do not compress at all.
    """
    return "zstd:3" if programs.version.major >= 16 and programs.zstd else "6"


def build_arguments(
    programs: Programs, *, file: str, snapshot: str, conninfo: str, lock_timeout: float, rows: bool = True
) -> tuple[str, ...]:
    """All arguments. They contain no secrets. rows: otherwise only the structure is dumped."""
    only = () if rows else ("--schema-only",)
    return (
        *dump_options(programs, lock_timeout),
        *only,
        f"--file={file}",
        f"--snapshot={snapshot}",
        f"--dbname={conninfo}",
    )


def dump_options(programs: Programs, lock_timeout: float) -> tuple[str, ...]:
    """The arguments that determine the dump; the manifest records them."""
    statistics = ("--no-statistics",) if programs.version.major >= 18 else ()
    return (
        "--format=custom",
        f"--compress={choose_compression(programs)}",
        *statistics,
        f"--lock-wait-timeout={round(lock_timeout * 1000)}ms",
        "--no-password",
        "--verbose",
    )


def too_old_error(programs: Programs, server: str, major: int) -> ProgramMissing:
    """The error for a pg_dump older than the server. It would fail and leave an empty file, so it is not started."""
    return ProgramMissing(
        f"pg_dump {programs.version} cannot dump a server of version {server}",
        code=ErrorCode.PROGRAM_TOO_OLD,
        where=programs.path("pg_dump"),
        why="pg_dump reads servers of its own major version and older ones, never newer ones",
        instead=(f"rowkeep tools install {major}", "rowkeep tools list"),
    )


def describe_failure(why: str, *, directory: str, blockers: tuple[tuple[str, Blocker], ...] = ()) -> BackupFailed:
    """The error for a failed dump or count. why: the words of the program or server."""
    code, what, instead = _meaning(why, directory)
    # pg_dump repeats its query, which names every table.
    lines = [line if len(line) <= LINE else f"{line[:LINE]} …" for line in why.split("\n")]
    if blockers:
        lines += [f"{table} is locked by {format_blocker(blocker)}" for table, blocker in blockers]
    return BackupFailed(what, code=code, why=lines, instead=(*instead, "rowkeep backup"))


def _meaning(why: str, directory: str) -> tuple[ErrorCode, str, tuple[str, ...]]:
    if FULL.search(why):
        return (
            ErrorCode.BACKUP_NOT_WRITTEN,
            f"could not write the backup to {directory}; nothing of it was left there",
            ("free some space there, or set ROWKEEP_BACKUPS_DIR to a directory with more space",),
        )
    if SLOTS.search(why):
        return (
            ErrorCode.BACKUP_LOCKS_EXHAUSTED,
            "the server's lock table is too small to dump so many tables at once",
            ("raise max_locks_per_transaction in postgresql.conf and restart the server",),
        )
    if LOCKED.search(why):
        return (
            ErrorCode.LOCK_TIMEOUT,
            "could not acquire a read lock on a table, so the backup was cancelled",
            ("wait for the other session to finish, or end it: SELECT pg_terminate_backend(PID)",),
        )
    if CONFLICT.search(why):
        return (
            ErrorCode.BACKUP_STANDBY_CONFLICT,
            "the standby cancelled the dump because it conflicted with recovery",
            ("dump from the primary, or raise max_standby_streaming_delay on the standby",),
        )
    if FORBIDDEN.search(why):
        return (
            ErrorCode.BACKUP_PERMISSION_MISSING,
            "the role may not read everything that must be in the backup",
            ("rowkeep doctor",),
        )
    if LOST.search(why):
        return (
            ErrorCode.CONNECTION_LOST,
            "the connection was lost during the backup; nothing of it was left",
            ("look in the server log for the reason",),
        )
    return (ErrorCode.BACKUP_FAILED, "pg_dump failed; nothing of the backup was left", ())


def describe_exit(finished: ProgramResult) -> str:
    """How the program ended, with an explanation of the signal that ended it."""
    if finished.code == -signal.SIGKILL:
        return f"{finished.complaint}\nended by signal 9: killed by somebody, or out of memory".strip()
    if finished.code == -signal.SIGXFSZ:
        return "File too large: the file size limit was reached (ulimit -f)"
    return finished.why
