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

An error carries a stable *code* (docs/errors.md), *what*, *where*, *why* (the server's words and SQLSTATE), *instead*
(what to type next) and *remains* (the state of the database). `report.errors` puts it into words, `cli.exit_codes`
into a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.error_code import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self, TypedDict, Unpack

    from rowkeep.domain.event import Blocker
    from rowkeep.domain.source import Excerpt, Place

    class ErrorFields(TypedDict, total=False):
        """The optional fields of every error, as keywords."""

        where: Place | str | None
        why: str | Sequence[str] | None
        sqlstate: str | None
        instead: tuple[str, ...]
        remains: Remains | None
        remains_detail: str | None
        excerpt: Excerpt | None


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
    code: the stable name of this kind of failure; docs/errors.md lists them.
    where: a place in a file, or the name of an object (`public.orders`), or None.
    why: the cause in the server's or the system's own words; several lines as a sequence. Read it as one text or None.
    sqlstate: the five characters of PostgreSQL, where the server spoke.
    instead: commands or actions to take next, best first.
    remains: the state of the database; `detail` of it goes into `remains_detail` (which migrations are applied …).
    excerpt: the source lines around the place, to be shown with a caret.

    The fields are not assigned to after the error is made: `replace` and `with_next_steps` return a new error.
    """

    usual_remains: ClassVar[Remains] = Remains.UNCHANGED
    """The state of the database where the raise site gives none."""

    def __init__(
        self,
        what: str,
        *,
        code: ErrorCode,
        where: Place | str | None = None,
        why: str | Sequence[str] | None = None,
        sqlstate: str | None = None,
        instead: tuple[str, ...] = (),
        remains: Remains | None = None,
        remains_detail: str | None = None,
        excerpt: Excerpt | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.where = where
        self.why = _join_lines(why)
        self.sqlstate = sqlstate
        self.instead = instead
        self.remains = self.usual_remains if remains is None else remains
        self.remains_detail = remains_detail
        self.excerpt = excerpt

    def __str__(self) -> str:
        """What, where and why, in one line."""
        where = f" ({self.where})" if self.where is not None else ""
        why = "; ".join(" ".join(line.split()) for line in (self.why or "").splitlines() if line.strip())
        return " ".join(f"{self.what}{where}".split()) + (f": {why}" if why else "")

    def replace(self, **fields: Unpack[ErrorFields]) -> Self:
        """A new error with other fields and the same traceback."""
        if "why" in fields:
            fields["why"] = _join_lines(fields["why"])
        new = type(self).__new__(type(self), self.what)
        vars(new).update(vars(self) | fields)
        new.__cause__, new.__suppress_context__ = self.__cause__, self.__suppress_context__
        return new.with_traceback(self.__traceback__)

    def with_next_steps(self, *steps: str) -> Self:
        """A new error that names `steps`, too, after its own."""
        return self.replace(instead=(*self.instead, *steps))


def _join_lines(why: str | Sequence[str] | None) -> str | None:
    return why if why is None or isinstance(why, str) else "\n".join(why) or None


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

    def __init__(
        self, what: str, *, code: ErrorCode, blockers: tuple[Blocker, ...] = (), **fields: Unpack[ErrorFields]
    ) -> None:
        super().__init__(what, code=code, **fields)
        self.blockers = blockers


class Failed(RowkeepError):
    """The database said no, and everything of the failing unit was rolled back."""

    usual_remains = Remains.ROLLED_BACK


class HalfDone(RowkeepError):
    """Changed in part: the message says what remains and which command finishes it.

    The first stands in `remains_detail`, the second in `instead`.
    """

    usual_remains = Remains.CHANGED_IN_PART


class BackupFailed(RowkeepError):
    """The backup, or the proof that it restores, failed."""


class Differs(RowkeepError):
    """Applied, but the structure is not what the rehearsal made."""

    usual_remains = Remains.CHANGED_DIFFERS


class Interrupted(RowkeepError):
    """Ctrl-C or SIGTERM; the statement at work was cancelled on the server too.

    signal: its number (2, 15 or 1).
    """

    def __init__(self, what: str, *, code: ErrorCode, signal: int = 2, **fields: Unpack[ErrorFields]) -> None:
        super().__init__(what, code=code, **fields)
        self.signal = signal


INTERRUPTIONS = {2: "interrupted (Ctrl-C)", 15: "terminated (SIGTERM)", 1: "the terminal was closed (SIGHUP)"}
"""The signals that end a run in good order, in words."""


class Terminated(KeyboardInterrupt):
    """A signal that ends the run, as it arrives; the command line turns it into Interrupted. signal: its number.

    It is a KeyboardInterrupt so that whatever cancels and cleans up after Ctrl-C (psycopg cancels the statement on
    the server) does the same after SIGTERM.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(f"signal {signal}")
        self.signal = signal


class Bug(RowkeepError):
    """Something that cannot happen did; asks for a report."""

    usual_remains = Remains.UNKNOWN

    def __init__(self, what: str, *, code: ErrorCode = ErrorCode.BUG, **fields: Unpack[ErrorFields]) -> None:
        super().__init__(what, code=code, **fields)
