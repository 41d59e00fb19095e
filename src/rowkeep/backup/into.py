"""A backup into a new database beside the old one: made, filled, compared; dropped again if anything fails."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import replace

from rowkeep.backup.restore import check, restore
from rowkeep.database import databases, likeness
from rowkeep.database.session import Session, connect
from rowkeep.domain.backup import Backup, Restored
from rowkeep.domain.event import Noted, StageAdvanced, Tell
from rowkeep.domain.program import Programs
from rowkeep.errors import Interrupted, Misused, Refused, Remains, RowkeepError, Unreachable
from rowkeep.programs.uninterrupted import uninterrupted
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
    stage: str = "restore",
) -> Restored:
    """Restore `backup` into the new database `name` on the server of `conninfo`, with the original's settings.

    Never over an existing database. create_roles: make the roles that are missing, as names without login and rights.
    When anything fails, or we are interrupted, the database that was made is dropped again; no other was touched.
    Raises Misused for a name that is taken, Refused for missing roles, BackupFailed, ProgramMissing.
    """
    with maintenance(conninfo) as session:
        if databases.exists(session, name):
            raise Misused(
                f"the database {name} exists already",
                why="a backup is never restored over a database: rows would be lost or doubled",
                instead=("choose a name that is not taken: rowkeep restore BACKUP --into NEWDB",),
            )
        here = session.connection.info.dbname
        check(backup, programs, conninfo, tell=tell, stage=stage, dbname=here)
        _roles(backup, session, create_roles, tell)
        made = False
        try:
            with uninterrupted():
                databases.create(session, name, backup.properties)
                made = True
            restored = restore(
                backup, programs, conninfo, tell=tell, jobs=jobs, stage=stage, checked=True, dbname=name
            )
            tell(StageAdvanced(stage, 1, 1, "collecting statistics"))
            with connect(conninfo, application="rowkeep restore", dbname=name) as new:
                databases.analyze(new)
            remarks = likeness.apply_properties(session, name, backup.properties) if backup.properties else ()
        except BaseException as error:
            if not made:
                raise
            databases.drop(session, name)
            raise _told(error, name) from error
    return replace(restored, remarks=(*restored.remarks, *remarks))


@contextlib.contextmanager
def maintenance(conninfo: str) -> Iterator[Session]:
    """A session from which a database can be made; where the configured one is gone, one to `postgres`."""
    opened = contextlib.ExitStack()
    with opened:
        try:
            session = opened.enter_context(connect(conninfo, application="rowkeep restore"))
        except Unreachable as error:
            if "does not exist" not in (error.why or ""):
                raise
            session = opened.enter_context(connect(conninfo, application="rowkeep restore", dbname="postgres"))
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
