"""Every failure that Rowkeep foresees, as one tree.

    RowkeepError
    ├── Refused            1  the tool worked and the answer is no
    ├── Misused            2  flags, configuration, files that cannot be read
    │   └── Unparsable     2  a migration that is not PostgreSQL's SQL
    ├── Unreachable        3  no connection, no login
    │   ├── ProgramMissing 3  a PostgreSQL program is absent or of the wrong major
    │   └── RightMissing   3  the role may not do what the whole command is about
    ├── Busy               4  another run holds the lock, or the lock budget is spent
    ├── Failed             5  the database said no; rolled back
    ├── HalfDone           6  changed in part; says what remains
    ├── BackupFailed       7  the backup or its proof failed
    ├── Differs            8  applied, but the structure is not what it should be
    ├── Bug               70  ours
    └── Interrupted      130  Ctrl-C (143 for SIGTERM, 129 for a closed terminal)

An error carries *what*, *where*, *why* (the server's words and SQLSTATE), *instead* (what to type next) and
*remains* (the state of the database). `report.errors` puts it into words, `cli.exits` into a number.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rowkeep.domain.event import Blocker
    from rowkeep.domain.source import Excerpt, Place


class Remains(Enum):
    """What the database looks like after a failure; every message ends with it."""

    UNCHANGED = "nothing was changed"
    ROLLED_BACK = "rolled back; nothing of this migration remains"
    CHANGED_IN_PART = "changed in part"
    CHANGED = "changed as planned"
    CHANGED_DIFFERS = "changed, and the structure differs from what was rehearsed"
    UNKNOWN = "not known: the server's last answer did not arrive"


class RowkeepError(Exception):
    """A failure with its fields.

    what: one sentence, no full stop, no newline.
    where: a place in a file, or the name of an object (`public.orders`), or None.
    why: the cause in the server's or the system's own words.
    sqlstate: the five characters of PostgreSQL, where the server spoke.
    instead: commands or actions to take next, best first.
    remains: the state of the database; `detail` of it goes into `remains_detail` (which migrations are applied …).
    excerpt: the source lines around the place, to be shown with a caret.
    """

    def __init__(
        self,
        what: str,
        *,
        where: Place | str | None = None,
        why: str | None = None,
        sqlstate: str | None = None,
        instead: tuple[str, ...] = (),
        remains: Remains = Remains.UNCHANGED,
        remains_detail: str | None = None,
        excerpt: Excerpt | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.sqlstate = sqlstate
        self.instead = instead
        self.remains = remains
        self.remains_detail = remains_detail
        self.excerpt = excerpt


class Refused(RowkeepError):
    """The tool worked and the answer is no: findings, pending with --check, drift, a changed file, not confirmed."""


class Misused(RowkeepError):
    """Flags, configuration, no files, a file that cannot be read."""


class Unparsable(Misused):
    """A migration that is not SQL as PostgreSQL's grammar knows it."""


class Unreachable(RowkeepError):
    """No connection or no login."""


class ProgramMissing(Unreachable):
    """A PostgreSQL program (pg_dump, initdb …) is absent or of the wrong major."""


class RightMissing(Unreachable):
    """The role lacks a right without which the command cannot begin."""


class Busy(RowkeepError):
    """Another run holds the lock, or the lock budget is spent.

    blockers: the sessions in the way.
    """

    def __init__(self, what: str, *, blockers: tuple[Blocker, ...] = (), **fields: object) -> None:
        super().__init__(what, **fields)  # type: ignore[arg-type]  # same keywords as the parent
        self.blockers = blockers


class Failed(RowkeepError):
    """The database said no, and everything of the failing unit was rolled back."""

    def __init__(self, what: str, *, remains: Remains = Remains.ROLLED_BACK, **fields: object) -> None:
        super().__init__(what, remains=remains, **fields)  # type: ignore[arg-type]  # same keywords as the parent


class HalfDone(RowkeepError):
    """Changed in part: the message says what remains and which command finishes it.

    The first stands in `remains_detail`, the second in `instead`.
    """

    def __init__(self, what: str, *, remains: Remains = Remains.CHANGED_IN_PART, **fields: object) -> None:
        super().__init__(what, remains=remains, **fields)  # type: ignore[arg-type]  # same keywords as the parent


class BackupFailed(RowkeepError):
    """The backup, or the proof that it restores, failed."""


class Differs(RowkeepError):
    """Applied, but the structure is not what the rehearsal made."""

    def __init__(self, what: str, *, remains: Remains = Remains.CHANGED_DIFFERS, **fields: object) -> None:
        super().__init__(what, remains=remains, **fields)  # type: ignore[arg-type]  # same keywords as the parent


class Interrupted(RowkeepError):
    """Ctrl-C or SIGTERM; the statement at work was cancelled on the server too.

    signal: its number (2, 15 or 1).
    """

    def __init__(self, what: str, *, signal: int = 2, **fields: object) -> None:
        super().__init__(what, **fields)  # type: ignore[arg-type]  # same keywords as the parent
        self.signal = signal


INTERRUPTIONS = {2: "interrupted (Ctrl-C)", 15: "terminated (SIGTERM)", 1: "the terminal was closed (SIGHUP)"}
"""The signals that end a run in good order, in words."""


class Terminated(KeyboardInterrupt):
    """A signal that ends the run, as it arrives; the door makes an Interrupted of it. signal: its number.

    It is a KeyboardInterrupt so that whatever cancels and cleans up after Ctrl-C (psycopg cancels the statement on
    the server) does the same after SIGTERM.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(f"signal {signal}")
        self.signal = signal


class Bug(RowkeepError):
    """Something that cannot happen did; asks for a report."""

    def __init__(self, what: str, *, remains: Remains = Remains.UNKNOWN, **fields: object) -> None:
        super().__init__(what, remains=remains, **fields)  # type: ignore[arg-type]  # same keywords as the parent
