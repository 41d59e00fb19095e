"""Takes a backup: dump and count in one snapshot, then read the dump again before it counts as a backup."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rowkeep import programs as tools
from rowkeep import structure
from rowkeep.backup import dump, program_messages, search_path_retry, storage
from rowkeep.backup.backup_list import sweep_leftovers
from rowkeep.backup.bare_names import Function, find_bare_functions
from rowkeep.backup.manifest import write_manifest
from rowkeep.backup.progress import DumpProgress
from rowkeep.backup.read_rights import require_rights
from rowkeep.backup.roles import dump_roles, save_roles
from rowkeep.backup.row_counter import RowCounter
from rowkeep.backup.row_sample import RowSample
from rowkeep.database.catalog import dump_snapshot, fingerprint, row_counts
from rowkeep.database.connection.open import mask_conninfo
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.connection.subprocess_env import split_connection
from rowkeep.domain.deploy.backup import HASH_FORM, Backup, SequenceValue, TableCount
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker, Emit, Noted, StageProgress
from rowkeep.domain.schema.structure import Structure
from rowkeep.errors import BackupFailed
from rowkeep.programs.background import Cancellation, run_in_background
from rowkeep.programs.execute import BEAT
from rowkeep.report.events import format_bytes

LOCK_TIMEOUT = 10.0


def take_backup(
    conninfo: str,
    programs: Programs,
    directory: str,
    *,
    emit: Emit,
    hashes: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
    stage: str = "backup",
    commit: str | None = None,
    watch: Callable[[], None] = lambda: None,
    sample: RowSample | None = None,
) -> Backup:
    """Dump the database into `directory` and return the backup, not yet proven by a restore.

    programs: of the server's major. hashes: hash every value besides counting rows (about ten times the cost of
    counting). lock_timeout: seconds to wait for a read lock on a table. stage: the stage of progress events. commit:
    the git commit to record. watch: called ten times a second during the dump; what it raises ends the backup. sample:
    takes a sample of the rows in place of all of them; the result is then no backup, and only for a rehearsal.

    Raises BackupFailed (nothing is left in the directory then), ProgramMissing if pg_dump is older than the server,
    Unreachable without a connection. If interrupted, it ends pg_dump and removes what it wrote.
    """
    where = storage.prepare_directory(directory)
    sweep_leftovers(directory, emit)
    with connect(conninfo, application="rowkeep backup") as session:
        if programs.version.major < session.major:
            raise dump.too_old_error(
                programs, session.connection.info.parameter_status("server_version") or "", session.major
            )
        if programs.version.major > session.major:
            emit(
                Noted(
                    f"pg_dump {programs.version} is newer than the server: an older pg_restore cannot read this", True
                )
            )
        try:
            with dump_snapshot.translate_errors():
                return _BackupRun(conninfo, programs, session, emit, stage, watch, sample).take(
                    where, hashes=hashes, lock_timeout=lock_timeout, commit=commit
                )
        except dump_snapshot.SnapshotError as error:
            raise dump.describe_failure(error.why, directory=directory, blockers=error.blockers) from None
        except OSError as error:
            raise dump.describe_failure(f"could not write: {error.strerror}", directory=directory) from None


class _BackupRun:
    """One backup while it is being taken."""

    def __init__(
        self,
        conninfo: str,
        programs: Programs,
        session: Session,
        emit: Emit,
        stage: str,
        watch: Callable[[], None],
        sample: RowSample | None,
    ) -> None:
        self.sample = sample
        self.conninfo = conninfo
        self.programs = programs
        self.session = session
        self.emit = emit
        self.stage = stage
        self.watch = watch
        self.path: tuple[str, ...] = ()
        self.connection = split_connection(conninfo, session, application="rowkeep backup")

    def take(self, where: Path, *, hashes: bool, lock_timeout: float, commit: str | None) -> Backup:
        began = time.perf_counter()
        dump_snapshot.prepare_session(self.session, lock_timeout=lock_timeout)
        facts = dump_snapshot.read_facts(self.session)
        # Before the transaction: an error would abort it.
        identifier = dump_snapshot.read_system_identifier(self.session)
        require_rights(dump_snapshot.find_unreadable(self.session), facts.role)
        with storage.start_partial(where, storage.backup_id(facts.database, facts.now)) as partial:
            with dump_snapshot.hold_snapshot(self.session, lock_slots=facts.lock_slots) as snapshot:
                facts = dump_snapshot.read_facts(self.session)
                if not snapshot.locked:
                    self.emit(
                        Noted("too many tables to lock them twice: do not change the schema during the backup", True)
                    )
                structured, sequences = self._read_outside_snapshot()
                known = (
                    dump_snapshot.read_extensions(self.session),
                    dump_snapshot.read_roles(self.session),
                    dump_snapshot.read_properties(self.session),
                )
                functions, names = dump_snapshot.read_functions_without_path(self.session)
                bare = find_bare_functions((Function(*row) for row in functions), names)
                self.path = search_path_retry.search_path_options(known[2], known[1])
                if self.sample is None:
                    counting = self._dump_and_count(partial, snapshot, hashes=hashes, lock_timeout=lock_timeout)
                    counted, large_objects = counting.counted, counting.large_objects
                else:
                    counted = self._dump_and_sample(partial, snapshot, self.sample, lock_timeout)
                    large_objects = (0, None)
                    self.sample.sequences = sequences
            seconds = time.perf_counter() - began
            # Not beside the dump: the role may have few connections.
            with run_in_background("roles", self._dump_roles) as role_dump:
                digest = self._read_completely(partial)
                roles_sum = save_roles(role_dump.value(), partial, self.emit)
            sums = [(".structure.json", partial.beside(".structure.json", structure.format_structure(structured)))]
            if roles_sum is not None:
                sums.append((".roles.sql", roles_sum))
            extensions, roles, properties = known
            backup = Backup(
                id=partial.id,
                path=str(partial.final),
                database=facts.database,
                server=mask_conninfo(self.connection.conninfo),
                user=facts.role,
                server_version=facts.version,
                client_version=str(self.programs.version),
                system_identifier=identifier,
                standby=facts.standby,
                taken_at=facts.now,
                seconds=round(seconds, 3),
                bytes=partial.path.stat().st_size,
                table_bytes=sum(table.bytes for table in snapshot.tables),
                sha256=digest,
                snapshot=snapshot.id,
                lsn=facts.lsn,
                large_objects=large_objects[0],
                large_object_hashes=large_objects[1],
                extensions=extensions,
                roles=roles,
                roles_file=roles_sum is not None,
                files=tuple(sums),
                properties=properties,
                structure_digest=structured.digest,
                options=dump.dump_options(self.programs, lock_timeout),
                commit=commit,
                counts=counted,
                sequences=sequences,
                hash_form=HASH_FORM,
                bare_functions=bare,
            )
            partial.beside(".json", write_manifest(backup))
            partial.finish()
        if bare:
            self.emit(Noted(search_path_retry.search_path_advice(backup), warning=True))
        return backup

    def _dump_roles(self, cancellation: Cancellation) -> tools.ProgramResult | None:
        return dump_roles(self.programs, self.connection, cancellation)

    def _read_outside_snapshot(self) -> tuple[Structure, tuple[SequenceValue, ...]]:
        """Read what is independent of the snapshot, in a session that keeps no locks."""
        with self.session.another() as session:
            return fingerprint.read_structure(session), row_counts.read_sequences(session)

    def _dump_and_count(
        self,
        partial: storage.PartialDump,
        snapshot: dump_snapshot.ExportedSnapshot,
        *,
        hashes: bool,
        lock_timeout: float,
    ) -> RowCounter:
        if snapshot.locked:
            return self._count_with(self.session, partial, snapshot, hashes=hashes, lock_timeout=lock_timeout)
        with self.session.another() as session:
            dump_snapshot.prepare_session(session, lock_timeout=lock_timeout)
            return self._count_with(session, partial, snapshot, hashes=hashes, lock_timeout=lock_timeout)

    def _dump_and_sample(
        self,
        partial: storage.PartialDump,
        snapshot: dump_snapshot.ExportedSnapshot,
        sample: RowSample,
        lock_timeout: float,
    ) -> tuple[TableCount, ...]:
        """Dump the structure and take the sample, in one snapshot."""
        finished = self._run_pg_dump(partial, snapshot, lock_timeout, self.watch, rows=False)
        if finished.code != 0:
            raise self._describe_failure(finished, partial, snapshot)
        if snapshot.locked:
            return sample.take(self.session, snapshot.tables)
        with self.session.another() as session:
            dump_snapshot.prepare_session(session, lock_timeout=lock_timeout)
            with dump_snapshot.share_snapshot(session, snapshot.id):
                return sample.take(session, snapshot.tables)

    def _count_with(
        self,
        session: Session,
        partial: storage.PartialDump,
        snapshot: dump_snapshot.ExportedSnapshot,
        *,
        hashes: bool,
        lock_timeout: float,
    ) -> RowCounter:
        progress = DumpProgress(self.emit, self.stage, snapshot.tables, partial.path)
        counting = RowCounter(session, snapshot, hashes=hashes, path=self.path)

        def beat() -> None:
            self.watch()
            counting.start_once()
            counting.check()
            progress.beat(counting.done)

        try:
            finished = self._run_pg_dump(partial, snapshot, lock_timeout, beat, on_line=progress.line)
            if finished.code != 0:
                counting.check()
                raise self._describe_failure(finished, partial, snapshot)
            while not counting.wait(within=BEAT):
                self.watch()
                progress.beat(counting.done)
        finally:
            counting.stop()
        return counting

    def _run_pg_dump(
        self,
        partial: storage.PartialDump,
        snapshot: dump_snapshot.ExportedSnapshot,
        lock_timeout: float,
        beat: Callable[[], None],
        *,
        rows: bool = True,
        on_line: Callable[[str], None] | None = None,
    ) -> tools.ProgramResult:
        return tools.run_program(
            self.programs,
            "pg_dump",
            dump.build_arguments(
                self.programs,
                file=str(partial.path),
                snapshot=snapshot.id,
                conninfo=self.connection.conninfo,
                lock_timeout=lock_timeout,
                rows=rows,
            ),
            environment=self.connection.environment,
            on_line=on_line,
            beat=beat,
        )

    def _describe_failure(
        self, finished: tools.ProgramResult, partial: storage.PartialDump, snapshot: dump_snapshot.ExportedSnapshot
    ) -> BackupFailed:
        why = dump.describe_exit(program_messages.keep_messages(finished, "pg_dump"))
        return dump.describe_failure(why, directory=str(partial.path.parent), blockers=self._blockers(why, snapshot))

    def _blockers(self, why: str, snapshot: dump_snapshot.ExportedSnapshot) -> tuple[tuple[str, Blocker], ...]:
        if not dump.LOCKED.search(why):
            return ()
        with self.session.another() as session:
            return dump_snapshot.find_blockers(session, [table.oid for table in snapshot.tables])

    def _read_completely(self, partial: storage.PartialDump) -> str:
        """Read the archive as a restore would (its list proves nothing), and compute its SHA-256 at the same time."""
        size = partial.path.stat().st_size
        self.emit(StageProgress(self.stage, size, size, f"reading {format_bytes(size)} again"))
        with ThreadPoolExecutor(1) as beside:
            digest = beside.submit(storage.file_sha256, partial.path)
            read_archive(self.programs, str(partial.path))
            return digest.result()


def read_archive(programs: Programs, path: str) -> None:
    """Read an archive completely. Raises BackupFailed if it is truncated or visibly damaged."""
    finished = tools.run_program(programs, "pg_restore", ("--file=/dev/null", path))
    if not finished.ok:
        raise BackupFailed(
            "cannot read the backup completely",
            code=ErrorCode.BACKUP_DAMAGED,
            where=path,
            why=finished.why,
            instead=("rowkeep backup",),
        )
