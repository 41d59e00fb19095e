"""Run pg_restore: over a whole archive, or over some of its sections or entries."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rowkeep import programs as tools
from rowkeep.backup import complaints
from rowkeep.backup.archive import Entry
from rowkeep.backup.progress import RestoreProgress
from rowkeep.database.handover import hand_over
from rowkeep.database.observe import unnoticed
from rowkeep.database.session import Session
from rowkeep.domain.backup import Backup
from rowkeep.domain.event import Tell
from rowkeep.domain.program import Programs
from rowkeep.errors import BackupFailed
from rowkeep.report.events import count_text

SHOWN = 5


class BareName(BackupFailed):
    """A function of the database looked a name up by search_path, which pg_restore empties."""


class PgRestore:
    """Restores parts of one archive into the database of `session`. remarks: complaints that harm nothing.

    unfilled: materialized views that stay empty, where the database is `cut_off`: it has no way to other servers.
    read_only: the settings of the role or the database make transactions read-only unless told otherwise.
    """

    def __init__(
        self,
        backup: Backup,
        programs: Programs,
        conninfo: str,
        session: Session,
        total: int,
        *,
        tell: Tell,
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
            # Event triggers of the copy would run for us, and fail: what they call is cut off.
            options += unnoticed(session.major).values()
        self._handover = hand_over(conninfo, session, application="rowkeep restore", options=" ".join(options))
        self._progress = RestoreProgress(tell, stage, total)
        self._jobs = jobs or max(2, min(4, os.cpu_count() or 2))

    def run(self, *, sections: Sequence[str] = (), entries: Iterable[Entry] | None = None, once: bool = False) -> None:
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
            listed = Path(directory) / "entries"
            listed.write_text("".join(f"{entry.number};\n" for entry in entries), "ascii")
            self._run([*chosen, f"--use-list={listed}"])

    def _run(self, chosen: Sequence[str]) -> None:
        finished = tools.run(
            self._programs,
            "pg_restore",
            (
                *chosen,
                "--no-tablespaces",
                "--no-subscriptions",
                "--no-password",
                "--verbose",
                f"--dbname={self._handover.conninfo}",
                self._backup.path,
            ),
            environment=self._handover.environment,
            hear=self._progress.line,
            beat=self._progress.beat,
        )
        finished = complaints.alone(finished, "pg_restore")
        harmless, fatal = complaints.split(finished.complaint.split("\n"))
        unfilled: tuple[str, ...] = ()
        if self._cut_off:
            unfilled, fatal = complaints.unfilled(fatal)
        if fatal or (finished.code != 0 and not harmless and not unfilled):
            raise _failed(self._backup, self._programs, fatal or (finished.why,))
        self.unfilled += unfilled
        said = [f"harmless: {complaint.splitlines()[-1]}" for complaint in harmless]
        said += [f"{view} is empty in the copy: it reads another server, which a copy must not" for view in unfilled]
        self.remarks += [remark for remark in said if remark not in self.remarks]


def _failed(backup: Backup, programs: Programs, fatal: tuple[str, ...]) -> BackupFailed:
    shown = complaints.shown(fatal, SHOWN)
    lacking = complaints.lacking(fatal)
    if lacking is not None:
        return BackupFailed(
            f"not proven: the server for it lacks something that the database needs: {lacking}",
            where=backup.path,
            why=f"PostgreSQL {programs.version} from {programs.origin} ({programs.directory})\n{shown}",
            instead=(f"install PostgreSQL {programs.version.major} of your system with what the message names",),
        )
    what = f"pg_restore failed with {count_text(len(fatal), 'error')}"
    if complaints.bare_name(fatal):
        return BareName(
            what,
            where=backup.path,
            why=shown,
            instead=(
                "ALTER FUNCTION … SET search_path = …; for the function that found no name, then rowkeep backup",
                "rowkeep backup list",
            ),
        )
    return BackupFailed(what, where=backup.path, why=shown, instead=("rowkeep backup verify", "rowkeep backup list"))
