"""Runs pg_restore for a whole archive, or for some of its sections or entries."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rowkeep import programs as tools
from rowkeep.backup import program_messages
from rowkeep.backup.archive import ArchiveEntry
from rowkeep.backup.progress import RestoreProgress
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session
from rowkeep.database.connection.subprocess_env import split_connection
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.errors import BackupFailed

SHOWN = 5


class BareName(BackupFailed):
    """A function needs a search_path, which pg_restore sets to empty."""


class PgRestore:
    """Restores parts of one archive into the database of `session`. remarks: harmless messages.

    unfilled: materialized views that stay empty because the database is `cut_off` from other servers.
    read_only: settings of the role or database make transactions read-only by default.
    """

    def __init__(
        self,
        backup: Backup,
        programs: Programs,
        conninfo: str,
        session: Session,
        total: int,
        *,
        emit: Emit,
        stage: str,
        jobs: int | None,
        read_only: bool = False,
        cut_off: bool = False,
    ) -> None:
        self.remarks: list[str] = []
        self.unfilled: list[str] = []
        self._cut_off = cut_off
        self._backup = backup
        self._programs = programs
        options = ["-c default_transaction_read_only=off"] if read_only else []
        if cut_off:
            # Event triggers of the copy would run for our statements and fail, because the copy is cut off.
            options += without_event_triggers(session.major).values()
        self._connection = split_connection(
            conninfo, session, application="rowkeep restore", options=" ".join(options)
        )
        self._progress = RestoreProgress(emit, stage, total)
        self._jobs = jobs or max(2, min(4, os.cpu_count() or 2))

    def run(
        self, *, sections: Sequence[str] = (), entries: Iterable[ArchiveEntry] | None = None, once: bool = False
    ) -> None:
        """Restore these sections (default: all) of these entries (default: all). once: connect only once.

        Raises BackupFailed.
        """
        chosen = [f"--section={section}" for section in sections]
        if not once:
            chosen.append(f"--jobs={self._jobs}")
        if entries is None:
            self._run(chosen)
            return
        with tempfile.TemporaryDirectory(prefix="rowkeep-") as directory:
            list_file = Path(directory) / "entries"
            list_file.write_text("".join(f"{entry.number};\n" for entry in entries), "ascii")
            self._run([*chosen, f"--use-list={list_file}"])

    def _run(self, chosen: Sequence[str]) -> None:
        finished = tools.run_program(
            self._programs,
            "pg_restore",
            (
                *chosen,
                "--no-tablespaces",
                "--no-subscriptions",
                "--no-password",
                "--verbose",
                f"--dbname={self._connection.conninfo}",
                self._backup.path,
            ),
            environment=self._connection.environment,
            on_line=self._progress.line,
            beat=self._progress.beat,
        )
        finished = program_messages.keep_messages(finished, "pg_restore")
        harmless, fatal = program_messages.split_messages(finished.complaint.split("\n"))
        unfilled: tuple[str, ...] = ()
        if self._cut_off:
            unfilled, fatal = program_messages.find_unfilled_tables(fatal)
        if fatal or (finished.code != 0 and not harmless and not unfilled):
            raise _restore_error(self._backup, self._programs, fatal or (finished.why,))
        self.unfilled += unfilled
        remarks = [f"harmless: {complaint.splitlines()[-1]}" for complaint in harmless]
        remarks += [f"{view} is empty in the copy, because it reads another server" for view in unfilled]
        self.remarks += [remark for remark in remarks if remark not in self.remarks]


def _restore_error(backup: Backup, programs: Programs, fatal: tuple[str, ...]) -> BackupFailed:
    shown = program_messages.format_messages(fatal, SHOWN)
    unsupported = program_messages.find_unsupported(fatal)
    if unsupported is not None:
        return BackupFailed(
            f"not proven: the throw-away server lacks something that the database needs: {unsupported}",
            code=ErrorCode.BACKUP_NOT_PROVEN,
            where=backup.path,
            why=(f"PostgreSQL {programs.version} from {programs.origin} ({programs.directory})", shown),
            instead=(f"install your system's PostgreSQL {programs.version.major}, including what the message names",),
        )
    what = f"pg_restore failed with {count_text(len(fatal), 'error')}"
    if program_messages.has_bare_name(fatal):
        return BareName(
            what,
            code=ErrorCode.RESTORE_FAILED,
            where=backup.path,
            why=shown,
            instead=(
                "ALTER FUNCTION … SET search_path = …; for the function in the message, then rowkeep backup",
                "rowkeep backup list",
            ),
        )
    return BackupFailed(
        what,
        code=ErrorCode.RESTORE_FAILED,
        where=backup.path,
        why=shown,
        instead=("rowkeep backup verify", "rowkeep backup list"),
    )
