"""Data that migrations removed or changed: lost tables, columns and rows, changed rows, overwritten values."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.source import Place


class LossKind(Enum):
    """What was lost."""

    TABLE = "table"
    ROWS = "rows"
    COLUMN = "column"
    VALUES = "values"
    LARGE_OBJECTS = "large objects"
    REPLACED = "replaced"
    """Another relation or column has its name now."""
    PARTITION = "partition"
    """Detached from its table."""
    PERSISTENCE = "persistence"
    """UNLOGGED now: a crash empties it."""
    SEQUENCE = "sequence"
    ENUM_VALUE = "enum value"
    VIEW = "view"
    FUNCTION = "function"
    TRIGGER = "trigger"
    RULE = "rule"
    POLICY = "policy"
    ROW_SECURITY = "row security"
    EXTENSION = "extension"
    SETTING = "setting"
    DEFAULT_PRIVILEGES = "default privileges"


INSIDE = frozenset(
    {LossKind.COLUMN, LossKind.VALUES, LossKind.TRIGGER, LossKind.RULE, LossKind.POLICY, LossKind.ENUM_VALUE}
)
"""Kinds whose name may begin with the name of the table (or type) that they belong to."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that existed before and does not exist afterwards. name: as `--accept-loss` takes it; count: rows or
    values.

    name is the table (`public.users`), or the column (`public.users.phone`). count is 0 where it is not known, or
    where nothing can be counted. detail: what happened, in words, where the guard of a migration saw it. inside: the
    table or type that it belongs to. place: the statement that did it, where that can be told.
    """

    kind: LossKind
    name: str
    count: int
    detail: str = ""
    inside: str = ""
    place: Place | None = None

    @property
    def owner(self) -> str:
        """The name of its table or type; its own where it is in none."""
        return self.inside or (self.name.rpartition(".")[0] if self.kind in INSIDE else self.name)

    @property
    def names(self) -> frozenset[str]:
        """The names that accept this loss: its own, and its table's."""
        return frozenset({self.name, self.owner})


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Rows that the migrations updated or deleted in a table: not a loss by itself, but reported."""

    table: str
    updated: int
    deleted: int


@dataclass(frozen=True, slots=True)
class ValueExample:
    """One overwritten value. key: of its row; all of them as PostgreSQL writes them, cut where they are long.

    It holds the user's data: it is read only if someone asks for it, and the ledger never has it.
    """

    key: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A column of a table (with its partitions) whose values were compared before and after a run.

    count: in how many rows another value is there now; changes from or to NULL do not count. values: how many values
    there were. before, after: how many of them were distinct, and are now; None where no value changed. exact: whether
    rows were matched by a key; otherwise count says how many of the old values are gone, and it is the least number.
    names: every name of the table and its partitions before and after; new_column: the column's name afterwards.
    by_trigger: the table has a BEFORE UPDATE trigger, which the run did not change and which may have set the column.
    examples: a few of the overwritten values, where they were asked for and rows were matched.
    """

    table: str
    column: str
    count: int
    values: int = 0
    before: int | None = None
    after: int | None = None
    exact: bool = True
    names: frozenset[str] = frozenset()
    new_column: str = ""
    type: str = ""
    by_trigger: bool = False
    examples: tuple[ValueExample, ...] = ()

    @property
    def name(self) -> str:
        """The name that accepts the change."""
        return f"{self.table}.{self.column}"

    @property
    def is_collapsed(self) -> bool:
        """Whether many different values became one."""
        return self.after == 1 and (self.before or 0) > 1


@dataclass(frozen=True, slots=True)
class ComparedView:
    """What a view shows before and after a run. replaced: whether it has another definition now.

    before, after: rows, None where it could not be read. other_values: columns in which it shows other values. why:
    what kept it from being compared. role: the application's, where a table or view was read with its rights; then
    replaced says whether these rights or the policies are others now.
    """

    name: str
    replaced: bool
    before: int | None = None
    after: int | None = None
    other_values: tuple[str, ...] = ()
    why: str = ""
    role: str = ""

    @property
    def is_same(self) -> bool:
        """Whether it shows the same as before."""
        return not self.why and self.before == self.after and not self.other_values
