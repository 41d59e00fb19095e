"""A backup into a new database beside the old one: made, filled, compared; dropped again if anything fails."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import replace

from rowkeep.backup import lookup
from rowkeep.backup.pg_restore import BareName
from rowkeep.backup.restore import check, restore
from rowkeep.database import databases, likeness, unfinished
from rowkeep.database.session import Session, connect
from rowkeep.domain.backup import Backup, Restored
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.program import Programs
from rowkeep.errors import Bug, Interrupted, Misused, Refused, Remains, RowkeepError, Unreachable
from rowkeep.knowledge.keywords import quoted
from rowkeep.programs.uninterrupted import uninterrupted
from rowkeep.report.backups import differing_comment
from rowkeep.report.events import count_text


def restore_into(
    backup: Backup,
    programs: Programs,
    conninfo: str,
    name: str,
    *,
    tell: Tell,
    jobs: int | None = None,
    create_roles: bool = False,
    keep_differing: bool = False,
    stage: str = "restore",
) -> Restored:
    """Restore `backup` into the new database `name` on the server of `conninfo`, with the original's settings.

    Never over an existing database. It is filled under a name of its own and gets `name` when all was compared, so
    that a database of this name is always a whole one; what a killed restore left is dropped first.
    create_roles: make the roles that are missing, as names without login and rights. keep_differing: keep a copy whose
    only fault are other numbers; its comment says so, and `differing` names them.
    When anything fails, or we are interrupted, the database that was made is dropped again; no other was touched.
    Raises Misused for a name that is taken, Refused for missing roles, RightMissing, BackupFailed, ProgramMissing.
    """
    if not 0 < len(name.encode(errors="surrogateescape")) <= unfinished.LONGEST or "\0" in name:
        raise Misused(
            f"a database's name has 1 to {unfinished.LONGEST} bytes", where=name, instead=("choose a shorter name",)
        )
    with maintenance(conninfo) as session:
        if databases.exists(session, name):
            raise Misused(
                f"the database {name} exists already",
                why="a backup is never restored over a database: rows would be lost or doubled",
                instead=("choose a name that is not taken: rowkeep restore BACKUP --into NEWDB",),
            )
        _sweep(session, tell)
        here = session.connection.info.dbname
        check(backup, programs, conninfo, tell=tell, stage=stage, dbname=here)
        _roles(backup, session, create_roles, tell)
        with _temporary(session, name) as temporary:
            restored = _filled(
                backup, programs, conninfo, session, temporary, tell, jobs=jobs, stage=stage, keep=keep_differing
            )
            remarks = likeness.apply_properties(session, temporary, backup.properties) if backup.properties else ()
            if restored.differing:
                unfinished.comment(session, temporary, differing_comment(restored))
            with uninterrupted():
                unfinished.rename(session, temporary, name)
    return replace(restored, database=name, remarks=(*restored.remarks, *remarks))


def _filled(
    backup: Backup,
    programs: Programs,
    conninfo: str,
    session: Session,
    temporary: str,
    tell: Tell,
    *,
    jobs: int | None,
    stage: str,
    keep: bool,
) -> Restored:
    """Make the temporary database and restore into it; once more with a search_path where functions need one."""
    *more, last = lookup.attempts(backup)
    for path in (*more, last):
        databases.create(session, temporary, backup.properties)
        try:
            return restore(
                backup,
                programs,
                conninfo,
                tell=tell,
                jobs=jobs,
                stage=stage,
                checked=True,
                dbname=temporary,
                search_path=path,
                analyze=True,
                keep_differing=keep,
            )
        except BareName:
            if path is last:
                raise
            tell(Noted(lookup.again(backup), warning=True))
            databases.drop(session, temporary)
    raise Bug("a restore without an attempt")


@contextlib.contextmanager
def _temporary(session: Session, name: str) -> Iterator[str]:
    """The name of a database of our own; when the body fails it is dropped, if it is there."""
    temporary = unfinished.temporary_name(session, name)
    try:
        yield temporary
    except BaseException as error:
        databases.drop(session, temporary)
        raise _told(error, name) from error


def _sweep(session: Session, tell: Tell) -> None:
    dropped, others = unfinished.sweep(session)
    if dropped:
        tell(Noted(f"dropped what a killed restore left: {', '.join(dropped)}", warning=True))
    if others:
        named = ", ".join(quoted(name) for name in others)
        tell(Noted(f"a killed restore left {named}, which this role may not drop: DROP DATABASE, as its owner", True))


@contextlib.contextmanager
def maintenance(conninfo: str) -> Iterator[Session]:
    """A session from which a database can be made; where the configured one is gone, one to `postgres`.

    Raises RightMissing where its role may not make one.
    """
    opened = contextlib.ExitStack()
    with opened:
        try:
            session = opened.enter_context(connect(conninfo, application="rowkeep restore"))
        except Unreachable as error:
            if "does not exist" not in (error.why or ""):
                raise
            session = opened.enter_context(connect(conninfo, application="rowkeep restore", dbname="postgres"))
        databases.allow_writes(session)
        databases.require_createdb(session)
        yield session


def _roles(backup: Backup, session: Session, create: bool, tell: Tell) -> None:
    missing = likeness.missing_roles(session, backup.roles)
    if not missing:
        return
    named = ", ".join(missing)
    if not create:
        raise Refused(
            f"{count_text(len(missing), 'role')} that the backup needs {'is' if len(missing) == 1 else 'are'} "
            f"not on this server: {named}",
            why="a role belongs to the server and not to the database, so the dump does not hold it",
            instead=(
                f"create them from {backup.roles_path}" if backup.roles_file else "CREATE ROLE …;",
                "or as names without login and rights: the same command with --create-roles",
            ),
        )
    refused = likeness.create_roles(session, backup.roles, whole=False)
    tell(Noted(f"created without login and rights: {named}", warning=True))
    for words in refused:
        tell(Noted(words, warning=True))


def _told(error: BaseException, name: str) -> BaseException:
    """The error, with what became of the new database in it."""
    if isinstance(error, KeyboardInterrupt):
        number = int(getattr(error, "signal", signal.SIGINT))
        error = Interrupted(f"interrupted ({signal.Signals(number).name})", signal=number)
    if isinstance(error, RowkeepError):
        error.remains = Remains.UNCHANGED
        error.remains_detail = f"the half-restored database {name} was dropped again; no other was touched"
    return error
