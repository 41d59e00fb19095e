"""Golden copies in a rehearsal: reuse the one that fits production, or keep the restored backup as a new one."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.clones import Clone, DataDirectoryClones, GoldenStore, RestoredCluster, golden_directory
from rowkeep.clones.golden_store import Limits, age_of, read_backup
from rowkeep.config import Settings
from rowkeep.database.catalog import dump_snapshot, fingerprint
from rowkeep.database.catalog.state import read_state
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.domain.deploy.backup import Backup, RestoredBackup
from rowkeep.domain.deploy.golden_copy import CopyMethod, CopySource, DataScope, GoldenCopy
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.state import State
from rowkeep.domain.plan import Survey
from rowkeep.domain.schema.structure import Structure
from rowkeep.errors import Unreachable
from rowkeep.report.events import format_bytes, format_seconds
from rowkeep.report.golden_copies import describe_method
from rowkeep.workflows.stage import run_stage


@dataclass(frozen=True, slots=True)
class ReusedCopy:
    """A running clone of a golden copy. backup: the backup that the golden copy was restored from."""

    clone: Clone
    backup: Backup

    @property
    def restored(self) -> RestoredBackup:
        """The backup as it was restored when the golden copy was made."""
        golden = self.clone.golden
        # Its items are in the backup's own file; a rehearsal reads them from the copy.
        structure = Structure(golden.major, (), golden.structure_digest or "")
        how = self.backup.verified or "counts"
        return RestoredBackup(self.backup, golden.database, self.clone.seconds, how, structure, True)

    @property
    def source(self) -> CopySource:
        """Where the copy came from, for the report."""
        golden = self.clone.golden
        return CopySource(
            self.clone.method, golden.backup_id, golden.taken_at, age_of(golden), self.clone.seconds, golden.bytes
        )


class GoldenCopyPolicy:
    """What a rehearsal does with golden copies. fresh: read production anew, although a golden copy may fit."""

    def __init__(self, settings: Settings, programs: Programs, emit: Emit, *, fresh: bool) -> None:
        self._settings = settings
        self._emit = emit
        self._fresh = fresh
        self._provider: DataDirectoryClones | None = None
        if settings.golden_copies:
            store = GoldenStore(golden_directory())
            self._provider = DataDirectoryClones(store, programs, limits_of(settings), emit)

    @property
    def parents(self) -> tuple[Path, ...]:
        """Where a server that may become a golden copy has its files."""
        return () if self._provider is None else (self._provider.store.run_directory,)

    @contextmanager
    def reuse(self, session: Session, survey: Survey) -> Iterator[ReusedCopy | None]:
        """A clone of the golden copy that fits production; None, with a note, where none does.

        session: to production. survey: its migrations. Raises Unreachable where a clone has no room.
        """
        with ExitStack() as stack:
            reused = None
            if self._provider is not None:
                golden = None if self._fresh else self._find(self._provider, session, survey)
                if golden is not None:
                    reused = self._start(self._provider, stack, golden)
                if reused is None:
                    self._announce_backup(session)
            yield reused

    def keep(self, server: scratch.Server, restored: RestoredBackup) -> GoldenCopy | None:
        """Keep the restored backup, before anything runs on it. The server is stopped for it and started again."""
        if self._provider is None:
            return None
        conninfo = server.conninfo(restored.database)
        with connect(conninfo, application="rowkeep rehearse", **without_event_triggers(server.major)) as session:
            history = hash_history(read_state(session, self._settings))
        return self._provider.golden(
            RestoredCluster(server, restored.backup, restored.database, history, restored.seconds)
        )

    def _find(self, provider: DataDirectoryClones, session: Session, survey: Survey) -> GoldenCopy | None:
        """The golden copy of production's database, if it still shows what production is."""
        database = session.connection.info.dbname
        golden = provider.store.find(dump_snapshot.read_system_identifier(session), database)
        if golden is None:
            return None
        age, most = age_of(golden), self._settings.golden_copy_max_age_h * 3600
        why = None
        if golden.major != session.major:
            why = f"it is of PostgreSQL {golden.major}"
        elif age > most:
            why = f"its data is {format_seconds(age)} old, more than golden-copy-max-age-h allows"
        elif golden.history != hash_history(survey.state):
            why = "other migrations are applied now"
        elif golden.structure_digest != fingerprint.read_structure(session).digest:
            why = "the structure of the database has changed since"
        if why is not None:
            self._emit(Noted(f"the golden copy of {golden.backup_id} is not used: {why}"))
            return None
        return golden

    def _start(self, provider: DataDirectoryClones, stack: ExitStack, golden: GoldenCopy) -> ReusedCopy | None:
        """A server on a clone. None, after a warning, where the golden copy cannot be used: it is removed then."""
        room = provider.room(golden)
        how = describe_method(CopyMethod.REFLINK if room.reflink else CopyMethod.FILES)
        last = f", which took {format_seconds(golden.clone_seconds)} last time" if golden.clone_seconds else ""
        self._emit(
            Noted(
                f"uses the golden copy of {golden.backup_id}: data {format_seconds(age_of(golden))} old, "
                f"{format_bytes(golden.bytes)}, {how}{last}; {format_bytes(room.free)} are free. "
                "`--fresh` takes a new backup"
            )
        )
        if not room.enough:
            raise Unreachable(
                "there is no room for a clone of the golden copy",
                code=ErrorCode.CLONE_FAILED,
                where=str(provider.store.directory),
                why=f"it needs {format_bytes(room.needed)}, and {format_bytes(room.free)} are free",
                instead=("rowkeep clones prune --all", "free some space"),
            )
        backup = read_backup(golden)
        try:
            with run_stage(self._emit, "clone", f"Cloning the golden copy of {golden.backup_id}") as note:
                clone = stack.enter_context(provider.clone(golden, self._emit))
                self._require_same_collations(clone)
                note.summary = f"{format_bytes(golden.bytes)}, {describe_method(clone.method)}"
        except Unreachable as error:
            removed = provider.drop(golden)
            gone = "It was removed" if removed else "It is in use"
            self._emit(Noted(f"{error.what}: {error.why}. {gone}; a new backup is taken", warning=True))
            return None
        if backup is None:
            return None
        return ReusedCopy(clone, backup)

    def _require_same_collations(self, clone: Clone) -> None:
        """Raise Unreachable where text sorts otherwise than at the restore: the indexes would be wrong."""
        conninfo = clone.server.conninfo(clone.golden.database)
        major = clone.server.major
        with (
            connect(conninfo, application="rowkeep rehearse", **without_event_triggers(major)) as session,
            run_queries("the collations of the clone could not be read"),
        ):
            changed = bool(session.ask("golden_copies.changed_collations")[0][0])
            if not changed and major >= 15:
                changed = bool(session.ask("golden_copies.database_collation_from15")[0][0])
        if changed:
            raise Unreachable(
                "the golden copy cannot be used",
                code=ErrorCode.GOLDEN_COPY_UNUSABLE,
                where=clone.golden.directory,
                why="a collation has another version now, so its indexes may be wrong",
            )

    def _announce_backup(self, session: Session) -> None:
        """Say what the rehearsal takes: a backup, a restore, and room for both."""
        with run_queries("the size of the database could not be read"):
            size = session.ask("contents.database_size")[0][0]
        free = shutil.disk_usage(golden_directory()).free
        database = session.connection.info.dbname
        before = next(
            (
                backup
                for backup in backups.list_backups(self._settings.backups_dir).backups
                if backup.database == database
            ),
            None,
        )
        last = "" if before is None else f"; the last backup took {format_seconds(before.seconds)}"
        self._emit(
            Noted(
                f"takes a new backup and restores it: the database has {format_bytes(size)}, "
                f"{format_bytes(free)} are free{last}"
            )
        )


@dataclass(frozen=True, slots=True)
class RehearsalCopies:
    """The copy for one rehearsal. reused: a clone that runs; policy: whether a restored backup is kept.

    sample: the rows to take in place of a backup, about sample_rows of each table (0: none).
    """

    policy: GoldenCopyPolicy | None = None
    reused: ReusedCopy | None = None
    sample: backups.RowSample | None = None
    sample_rows: int = 0

    def source(self, partial: Backup, seconds: float) -> CopySource | None:
        """Where the copy came from, if it was a sample: `partial` holds its structure and counts."""
        if self.sample is None:
            return None
        scope = DataScope.SAMPLE if self.sample_rows else DataScope.SCHEMA
        rows = self.sample_rows or None
        return CopySource(None, None, partial.taken_at, 0.0, seconds, data=scope, sample_rows=rows)


NO_GOLDEN_COPIES = RehearsalCopies()
"""For a deploy: it restores the backup that it takes, and keeps no copy, because production is another one then."""


def limits_of(settings: Settings) -> Limits:
    """How many golden copies the settings allow."""
    return Limits(settings.golden_copies, int(settings.golden_copies_gb * 1e9), settings.golden_copy_max_age_h * 3600)


def hash_history(state: State) -> str:
    """A hash of the names of the applied migrations, in the order of history."""
    return hashlib.sha256("\0".join(row.name for row in state.rows).encode("utf-8", "surrogatepass")).hexdigest()
