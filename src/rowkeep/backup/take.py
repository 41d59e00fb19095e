"""Take a backup: dump and count in one snapshot, read it all again, and only then call it a backup."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rowkeep import programs as tools
from rowkeep import structure
from rowkeep.backup import complaints, dump, lookup, place
from rowkeep.backup.bare_names import Function, bare_functions
from rowkeep.backup.counting import Counting
from rowkeep.backup.manifest import write_manifest
from rowkeep.backup.progress import DumpProgress
from rowkeep.backup.readable import require_rights
from rowkeep.backup.roles import save_roles
from rowkeep.backup.shelf import sweep
from rowkeep.database import counts, fingerprint, snapshot
from rowkeep.database.handover import hand_over
from rowkeep.database.session import Session, connect, masked
from rowkeep.domain.backup import HASH_FORM, Backup, SequenceValue
from rowkeep.domain.event import Blocker, Noted, StageAdvanced, Tell
from rowkeep.domain.program import Programs
from rowkeep.domain.structure import Structure
from rowkeep.errors import BackupFailed
from rowkeep.programs.run import BEAT
from rowkeep.report.events import bytes_text

LOCK_TIMEOUT = 10.0


def take(
    conninfo: str,
    programs: Programs,
    directory: str,
    *,
    tell: Tell,
    hashes: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
    stage: str = "backup",
    commit: str | None = None,
) -> Backup:
    """Dump the database into `directory` and return the finished backup, not yet proven by a restore.

    programs: of the server's own major. hashes: read and hash every value beside counting rows (about ten times the
    cost of counting). lock_timeout: seconds to wait for a table that is locked against reading. stage: whose progress
    is told. commit: the git commit to note.

    Raises BackupFailed (nothing is left in the directory then), ProgramMissing when pg_dump is older than the server,
    Unreachable without a connection. Interrupted at any moment, it removes what it wrote and ends pg_dump.
    """
    where = place.prepare(directory)
    sweep(directory, tell)
    with connect(conninfo, application="rowkeep backup") as session:
        if programs.version.major < session.major:
            raise dump.too_old(
                programs, session.connection.info.parameter_status("server_version") or "", session.major
            )
        if programs.version.major > session.major:
            tell(
                Noted(
                    f"pg_dump {programs.version} is newer than the server: an older pg_restore cannot read this", True
                )
            )
        try:
            with snapshot.spoken():
                return _Taking(conninfo, programs, session, tell, stage).take(
                    where, hashes=hashes, lock_timeout=lock_timeout, commit=commit
                )
        except snapshot.Unread as error:
            raise dump.failure(error.why, directory=directory, blockers=error.blockers) from None
        except OSError as error:
            raise dump.failure(f"could not write: {error.strerror}", directory=directory) from None


class _Taking:
    """One backup in the making."""

    def __init__(self, conninfo: str, programs: Programs, session: Session, tell: Tell, stage: str) -> None:
        self.conninfo = conninfo
        self.programs = programs
        self.session = session
        self.tell = tell
        self.stage = stage
        self.path: tuple[str, ...] = ()
        self.handover = hand_over(conninfo, session, application="rowkeep backup")

    def take(self, where: Path, *, hashes: bool, lock_timeout: float, commit: str | None) -> Backup:
        began = time.perf_counter()
        snapshot.prepare(self.session, lock_timeout=lock_timeout)
        facts = snapshot.facts(self.session)
        # Asked before the transaction, which a refusal would end.
        identifier = snapshot.system_identifier(self.session)
        require_rights(snapshot.unreadable(self.session), facts.role)
        with place.partial(where, place.name(facts.database, facts.now)) as partial:
            with snapshot.held(self.session, lock_slots=facts.lock_slots) as held:
                facts = snapshot.facts(self.session)
                if not held.locked:
                    self.tell(Noted("too many tables to lock twice: do not change the schema during the backup", True))
                structured, sequences = self._beside()
                known = (
                    snapshot.extensions(self.session),
                    snapshot.roles(self.session),
                    snapshot.properties(self.session),
                )
                functions, names = snapshot.without_path(self.session)
                bare = bare_functions((Function(*row) for row in functions), names)
                self.path = lookup.search_path(known[2], known[1])
                counting = self._dump_and_count(partial, held, hashes=hashes, lock_timeout=lock_timeout)
            roles_sum = save_roles(self.programs, self.handover, partial, self.tell)
            seconds = time.perf_counter() - began
            digest = self._read_to_the_end(partial)
            sums = [(".structure.json", partial.beside(".structure.json", structure.write_text(structured)))]
            if roles_sum is not None:
                sums.append((".roles.sql", roles_sum))
            extensions, roles, properties = known
            backup = Backup(
                id=partial.id,
                path=str(partial.final),
                database=facts.database,
                server=masked(self.handover.conninfo),
                user=facts.role,
                server_version=facts.version,
                client_version=str(self.programs.version),
                system_identifier=identifier,
                standby=facts.standby,
                taken_at=facts.now,
                seconds=round(seconds, 3),
                bytes=partial.path.stat().st_size,
                table_bytes=sum(table.bytes for table in held.tables),
                sha256=digest,
                snapshot=held.id,
                lsn=facts.lsn,
                large_objects=counting.large_objects[0],
                large_object_hashes=counting.large_objects[1],
                extensions=extensions,
                roles=roles,
                roles_file=roles_sum is not None,
                files=tuple(sums),
                properties=properties,
                structure_digest=structured.digest,
                options=dump.options(self.programs, lock_timeout),
                commit=commit,
                counts=counting.counted,
                sequences=sequences,
                hash_form=HASH_FORM,
                bare_functions=bare,
            )
            partial.beside(".json", write_manifest(backup))
            partial.finish()
        if bare:
            self.tell(Noted(lookup.advice(backup), warning=True))
        return backup

    def _beside(self) -> tuple[Structure, tuple[SequenceValue, ...]]:
        """What knows no snapshot, or needs one of its own: read in a session that keeps no locks."""
        with self.session.another() as session:
            return fingerprint.read(session), counts.sequences(session)

    def _dump_and_count(
        self, partial: place.Partial, held: snapshot.Held, *, hashes: bool, lock_timeout: float
    ) -> Counting:
        if held.locked:
            return self._counted_by(self.session, partial, held, hashes=hashes, lock_timeout=lock_timeout)
        with self.session.another() as session:
            snapshot.prepare(session, lock_timeout=lock_timeout)
            return self._counted_by(session, partial, held, hashes=hashes, lock_timeout=lock_timeout)

    def _counted_by(
        self, session: Session, partial: place.Partial, held: snapshot.Held, *, hashes: bool, lock_timeout: float
    ) -> Counting:
        progress = DumpProgress(self.tell, self.stage, held.tables, partial.path)
        counting = Counting(session, held, hashes=hashes, path=self.path)

        def beat() -> None:
            counting.start_once()
            counting.check()
            progress.beat(counting.done)

        try:
            finished = tools.run(
                self.programs,
                "pg_dump",
                dump.arguments(
                    self.programs,
                    file=str(partial.path),
                    snapshot=held.id,
                    conninfo=self.handover.conninfo,
                    lock_timeout=lock_timeout,
                ),
                environment=self.handover.environment,
                hear=progress.line,
                beat=beat,
            )
            if finished.code != 0:
                counting.check()
                why = dump.killed(complaints.alone(finished, "pg_dump"))
                raise dump.failure(why, directory=str(partial.path.parent), blockers=self._blockers(why, held))
            while not counting.finished(within=BEAT):
                progress.beat(counting.done)
        finally:
            counting.stop()
        return counting

    def _blockers(self, why: str, held: snapshot.Held) -> tuple[tuple[str, Blocker], ...]:
        if not dump.LOCKED.search(why):
            return ()
        with self.session.another() as session:
            return snapshot.blockers(session, [table.oid for table in held.tables])

    def _read_to_the_end(self, partial: place.Partial) -> str:
        """Read the archive as a restore would (its list alone says nothing), and take its SHA-256 meanwhile."""
        size = partial.path.stat().st_size
        self.tell(StageAdvanced(self.stage, size, size, f"reading {bytes_text(size)} again"))
        with ThreadPoolExecutor(1) as beside:
            digest = beside.submit(place.sha256, partial.path)
            read_archive(self.programs, str(partial.path))
            return digest.result()


def read_archive(programs: Programs, path: str) -> None:
    """Read an archive to its end. Raises BackupFailed when it is cut off or damaged where that can be seen."""
    finished = tools.run(programs, "pg_restore", ("--file=/dev/null", path))
    if not finished.ok:
        raise BackupFailed(
            "the backup cannot be read to its end", where=path, why=finished.why, instead=("rowkeep backup",)
        )
