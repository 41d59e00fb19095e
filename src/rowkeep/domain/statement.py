"""A statement of a migration: its place, what it does, and whether it can run in a transaction."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation import Operation
from rowkeep.domain.source import Place, Source, Span


class TransactionUse(Enum):
    """Whether a statement can run in a transaction block."""

    ANY = "any"
    """Runs inside or outside a block."""
    OUTSIDE = "outside"
    """PostgreSQL refuses it inside a block (CREATE INDEX CONCURRENTLY, VACUUM, ALTER SYSTEM …)."""
    CONTROL = "control"
    """Begins or ends a block itself (BEGIN, COMMIT, ROLLBACK, PREPARE TRANSACTION); savepoints are ANY."""


class ProblemKind(Enum):
    """Why a stretch of text could not be read as SQL. The value is the name of the rule that reports it."""

    SYNTAX_ERROR = "syntax-error"
    PSQL_COMMAND = "psql-command"
    COPY_DATA = "copy-data"
    INCLUDE = "include-not-read"


@dataclass(frozen=True, slots=True)
class Problem:
    """Text that PostgreSQL's parser refuses. message: of the parser, if it has one.

    span: the token that is wrong, in characters of the file; a psql command or COPY data in full.
    """

    kind: ProblemKind
    source: Source
    span: Span
    message: str

    @property
    def place(self) -> Place:
        """Line and column of the problem."""
        return self.source.place(self.span.start)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    span: its characters in the file, from its first word to its last, without `;`, blanks and comments around it.
    lead: everything between the end of the statement before (its `;` included) and this one: attached comments.
    transaction: whether it can run in a transaction block. operations: what it does; empty only for an empty
    statement.
    """

    source: Source
    span: Span
    lead: Span
    transaction: TransactionUse
    operations: tuple[Operation, ...]

    @property
    def text(self) -> str:
        """The statement as written, without the `;`."""
        return self.source.text[self.span.start : self.span.end]

    @property
    def place(self) -> Place:
        """Line and column of its first character."""
        return self.source.place(self.span.start)

    @property
    def head(self) -> str:
        """Its first line, for people."""
        return self.text.split("\n", 1)[0].strip()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed section: its statements in order, and every part that is not a statement. No text is left out.

    A statement with a syntax error is in both: as a statement whose only operation is `UnreadableSql`, and as a
    problem.
    """

    source: Source
    span: Span
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]
