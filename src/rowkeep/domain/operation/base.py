"""The base class of operations, and their parts: names, types, expressions, conditions."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.source import Span


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier, folded as PostgreSQL folds it. written: how SQL spells it, quotes included (`"Orders"`).

    schema is None if the statement does not name it; then the search path decides.
    """

    name: str
    schema: str | None = None
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.written or self.name

    @property
    def is_unknown(self) -> bool:
        """Whether only the running program knows the name (`EXECUTE format('… %I', child)`: it is `…child` here), or
        the whole of it (`'events_' || to_char(day, 'YYYYMM')` is `events_…`)."""
        return UNKNOWN in self.name


UNKNOWN = "…"
"""Stands for a value, or a part of a name, that dynamic SQL fills in at run time."""


class FrameKind(Enum):
    """What an operation can be inside."""

    DO = "DO block"
    FUNCTION = "function"
    RULE = "rule"
    PREPARED = "prepared statement"
    EXECUTE = "EXECUTE"
    QUERY = "WITH query"
    BRANCH = "branch"
    LOOP = "loop"
    PROTECTED = "block with an exception handler"
    HANDLER = "exception handler"
    SCHEMA = "CREATE SCHEMA"
    EXPLAIN = "EXPLAIN"
    CALL = "call"


STORED = frozenset({FrameKind.FUNCTION, FrameKind.RULE, FrameKind.PREPARED})
"""Frames whose contents are only stored now and run when something calls them."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One level around an operation.

    text: a function's name, a branch's condition, the conditions a handler catches.
    """

    kind: FrameKind
    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a statement does.

    span: its place in the file, inside bodies too. inside: the frames around it, outermost first; empty for an
    operation of the statement itself.
    """

    span: Span
    inside: tuple[Frame, ...]

    @property
    def is_stored(self) -> bool:
        """Whether the operation is only stored now (in a function's body, a rule) and runs when that is called."""
        if not self.inside:
            return False
        called = False
        for frame in self.inside:
            if frame.kind is FrameKind.CALL:
                called = True
            elif frame.kind in STORED and not called:
                return True
        return False

    def is_within(self, *kinds: FrameKind) -> bool:
        """Whether it is inside a frame of one of `kinds`."""
        return any(frame.kind in kinds for frame in self.inside)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type. name: PostgreSQL's own (`int4`, `varchar`, `timestamptz`), `serial` types as written.

    modifiers: `(10, 2)` of numeric(10,2). written: the characters of the file.
    """

    name: str
    schema: str | None = None
    modifiers: tuple[int, ...] = ()
    is_array: bool = False
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.written or self.name


@dataclass(frozen=True, slots=True)
class Call:
    """A function called in an expression. arguments: the value of each constant, None for the others."""

    name: Name
    span: Span
    arguments: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against constants: `day >= '2027-01-01'`; IN and `= ANY` are the operator `in`. values: as text."""

    column: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, as far as rules need it. text: as written.

    constant: its value as text where it is one literal (casts aside); is_null: it is NULL. calls: every function in
    it. columns: the columns it names. has_query: it holds a sub-select. not_null: columns it proves to hold no NULL
    when true. cast_of: the column that it is, or is a plain cast of; casts: the types of those casts, innermost first.
    compares: comparisons that are all true when it
    is; either: comparisons of which one is true (or a column NULL) when it is.
    """

    span: Span
    text: str
    constant: str | None = None
    is_null: bool = False
    calls: tuple[Call, ...] = ()
    columns: tuple[str, ...] = ()
    has_query: bool = False
    not_null: frozenset[str] = frozenset()
    cast_of: str | None = None
    compares: tuple[Comparison, ...] = ()
    either: tuple[Comparison, ...] = ()
    casts: tuple[TypeName, ...] = ()


class RowReach(Enum):
    """How many rows a WHERE selects."""

    ALL = "all"
    """No WHERE, or one that is always true."""
    NONE = "none"
    """A WHERE that is never true."""
    SOME = "some"


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE clause, or its absence (expression None).

    picks: it chooses rows by value or by key (`=`, IN, `<`, EXISTS …); false where it only tests for NULL, or reads a
    boolean. present: the columns, if it only requires that they are not NULL. assumed: the values for which it is
    true, if `reach` is ALL only because a column usually holds no others.
    """

    reach: RowReach
    expression: Expression | None = None
    picks: bool = False
    present: frozenset[str] = frozenset()
    assumed: str = ""

    @property
    def all_rows(self) -> str:
        """`all rows`, qualified if that is only usually true."""
        return "probably all rows" if self.assumed else "all rows"

    @property
    def why_all(self) -> str:
        """Why the condition excludes no row, as the end of a sentence; empty without a condition."""
        if self.expression is None:
            return ""
        return f": WHERE {self.expression.text} {f'is true of {self.assumed}' if self.assumed else 'leaves none out'}"

    @property
    def words(self) -> str:
        """The condition as written with single blanks: empty if it selects every row, `?` if it is unknown."""
        if self.reach is RowReach.ALL:
            return ""
        return " ".join(self.expression.text.split()) if self.expression else "?"


EVERY_ROW = Condition(RowReach.ALL)
SOME_ROWS = Condition(RowReach.SOME)


@dataclass(frozen=True, slots=True)
class Unmodelled(Operation):
    """A statement that no other operation describes. node: PostgreSQL's name of it (`CreateTransformStmt`)."""

    node: str


@dataclass(frozen=True, slots=True)
class UnreadableSql(Operation):
    """SQL with a syntax error. message: of the parser."""

    message: str


@dataclass(frozen=True, slots=True)
class Opaque(Operation):
    """Something that runs and cannot be known from the text. what: `EXECUTE of a text built at run time`.

    why: what hides it (`the variable cmd`), for people.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class OfNewerMajor(Operation):
    """A statement that only PostgreSQL `major` and newer have, and that the parser here does not know.

    what: its name (`REPACK`). locks: what is known of its locks, in words. heavy: it blocks everybody while it runs.
    """

    major: int
    what: str
    locks: str
    heavy: bool = False


@dataclass(frozen=True, slots=True)
class Unjudged(Operation):
    """Something that runs and was not analyzed completely, because a limit was reached. what: `purge()`.

    why: the limit, for people.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Notice(Operation):
    """A remark of a file reader. kind: the name of the rule that reports it.

    fatal: the migration must not run as it is; otherwise the severity is one lower. quiet: for information only.
    """

    kind: str
    message: str
    fatal: bool = True
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class SectionEnd(Operation):
    """The end of a migration's up or down part, where a rule can look at all of it."""
