"""Operations on tables, their columns and constraints."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation.base import EVERY_ROW, Condition, Expression, Name, Operation, TypeName
from rowkeep.domain.source import Span


class ConstraintKind(Enum):
    """The kinds of table constraint."""

    CHECK = "CHECK"
    NOT_NULL = "NOT NULL"
    UNIQUE = "UNIQUE"
    PRIMARY_KEY = "PRIMARY KEY"
    FOREIGN_KEY = "FOREIGN KEY"
    EXCLUDE = "EXCLUDE"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint, of a table or written at a column.

    columns: those it constrains (of a CHECK: those it names). refers_to: a foreign key's table. using_index: the index
    it takes over. not_valid: existing rows are not checked. on_delete: CASCADE, SET NULL … or ''. no_inherit: a CHECK
    of this table only, and not of its children.
    """

    kind: ConstraintKind
    span: Span
    name: Name | None = None
    columns: tuple[Name, ...] = ()
    refers_to: Name | None = None
    refers_to_columns: tuple[Name, ...] = ()
    using_index: Name | None = None
    expression: Expression | None = None
    not_valid: bool = False
    not_enforced: bool = False
    deferrable: bool = False
    on_delete: str = ""
    no_inherit: bool = False


class Generated(Enum):
    """How a column's value is generated."""

    BY_USER = ""
    STORED = "STORED"
    VIRTUAL = "VIRTUAL"
    IDENTITY = "IDENTITY"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is defined. constraints: those written at the column (NOT NULL has its own field too)."""

    name: Name
    span: Span
    type: TypeName | None
    default: Expression | None = None
    is_not_null: bool = False
    generated: Generated = Generated.BY_USER
    constraints: tuple[Constraint, ...] = ()

    def has(self, kind: ConstraintKind) -> bool:
        """Whether a constraint of `kind` is written at the column."""
        return any(constraint.kind is kind for constraint in self.constraints)


class Persistence(Enum):
    """How long a relation exists."""

    PERMANENT = "permanent"
    UNLOGGED = "unlogged"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True)
class Bound:
    """FOR VALUES of a partition. lower, upper: of a range, a value per key column; None for MINVALUE and MAXVALUE.

    values: of a list, None for NULL. A value that is not a constant is UNKNOWN. All empty: WITH (MODULUS …).
    """

    lower: tuple[str | None, ...] = ()
    upper: tuple[str | None, ...] = ()
    values: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    """CREATE TABLE, CREATE TABLE AS, SELECT INTO, CREATE FOREIGN TABLE.

    from_query: filled by a query. partition_of: its parent; is_default: as the DEFAULT partition; bound: or which.
    drops_on_commit: a temporary table that is dropped at commit. reads, where: of the query that fills it; takes: the
    columns that the query copies unchanged, `*` for all.
    """

    table: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False
    persistence: Persistence = Persistence.PERMANENT
    from_query: bool = False
    like: tuple[Name, ...] = ()
    inherits: tuple[Name, ...] = ()
    partition_of: Name | None = None
    is_default: bool = False
    is_partitioned: bool = False
    is_foreign: bool = False
    bound: Bound | None = None
    drops_on_commit: bool = False
    reads: tuple[Name, ...] = ()
    takes: frozenset[str] = frozenset()
    where: Condition = EVERY_ROW
    partition_by: tuple[Name | None, ...] = ()
    """The columns of PARTITION BY, None for an expression."""


@dataclass(frozen=True, slots=True)
class AddColumn(Operation):
    """ALTER TABLE … ADD COLUMN."""

    table: Name
    column: Column
    if_not_exists: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class DropColumn(Operation):
    """ALTER TABLE … DROP COLUMN."""

    table: Name
    column: Name
    if_exists: bool = False
    cascade: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class ChangeType(Operation):
    """ALTER COLUMN … TYPE. using: its expression, None where PostgreSQL casts by itself."""

    table: Name
    column: Name
    type: TypeName
    using: Expression | None = None
    has_collation: bool = False
    only: bool = False


@dataclass(frozen=True, slots=True)
class SetNotNull(Operation):
    """ALTER COLUMN … SET NOT NULL."""

    table: Name
    column: Name


@dataclass(frozen=True, slots=True)
class DropNotNull(Operation):
    """ALTER COLUMN … DROP NOT NULL."""

    table: Name
    column: Name


@dataclass(frozen=True, slots=True)
class ChangeDefault(Operation):
    """ALTER COLUMN … SET DEFAULT or DROP DEFAULT (default None)."""

    table: Name
    column: Name
    default: Expression | None


@dataclass(frozen=True, slots=True)
class AddConstraint(Operation):
    """ALTER TABLE … ADD CONSTRAINT, also without a name. only: ALTER TABLE ONLY: not of children and partitions."""

    table: Name
    constraint: Constraint
    only: bool = False


@dataclass(frozen=True, slots=True)
class ValidateConstraint(Operation):
    """ALTER TABLE … VALIDATE CONSTRAINT."""

    table: Name
    constraint: Name


@dataclass(frozen=True, slots=True)
class DropConstraint(Operation):
    """ALTER TABLE … DROP CONSTRAINT."""

    table: Name
    constraint: Name
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class AttachPartition(Operation):
    """ALTER TABLE … ATTACH PARTITION. bound: None for DEFAULT."""

    table: Name
    partition: Name
    is_default: bool = False
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class DetachPartition(Operation):
    """ALTER TABLE … DETACH PARTITION [CONCURRENTLY | FINALIZE]."""

    table: Name
    partition: Name
    concurrently: bool = False
    finalize: bool = False


@dataclass(frozen=True, slots=True)
class AlterTable(Operation):
    """Every other ALTER TABLE command. action: PostgreSQL's name of it without `AT_` (`SetTableSpace`, `SetLogged`,
    `ClusterOn`, `EnableRowSecurity`, `DisableTrig`, `SetIdentity`, `AddInherit` …); subject: the column, trigger,
    index or option it names. kind: what is altered, as most commands also take views, indexes and sequences.
    """

    table: Name
    kind: str
    action: str
    subject: Name | None = None
    options: tuple[tuple[str, str], ...] = ()
