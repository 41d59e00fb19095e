"""Operations on every other kind of object: create, drop, rename, move, and the few that rules examine."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation.base import Expression, Name, Operation, TypeName
from rowkeep.domain.operation.table import Constraint


class ObjectKind(Enum):
    """Kinds of object, in PostgreSQL's words."""

    TABLE = "table"
    FOREIGN_TABLE = "foreign table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    INDEX = "index"
    SEQUENCE = "sequence"
    COLUMN = "column"
    CONSTRAINT = "constraint"
    SCHEMA = "schema"
    DATABASE = "database"
    TABLESPACE = "tablespace"
    ROLE = "role"
    FUNCTION = "function"
    PROCEDURE = "procedure"
    ROUTINE = "routine"
    AGGREGATE = "aggregate"
    TYPE = "type"
    DOMAIN = "domain"
    ATTRIBUTE = "attribute"
    ENUM_VALUE = "enum value"
    EXTENSION = "extension"
    TRIGGER = "trigger"
    EVENT_TRIGGER = "event trigger"
    RULE = "rule"
    POLICY = "policy"
    PUBLICATION = "publication"
    SUBSCRIPTION = "subscription"
    STATISTICS = "statistics"
    SERVER = "server"
    USER_MAPPING = "user mapping"
    LANGUAGE = "language"
    OTHER = "object"


@dataclass(frozen=True, slots=True)
class DropObject(Operation):
    """DROP of one object (DROP TABLE a, b is two operations). on: the table of a trigger, rule or policy.

    arguments: the argument types of a function, None if the statement does not name them.
    """

    kind: ObjectKind
    name: Name
    if_exists: bool = False
    cascade: bool = False
    concurrently: bool = False
    on: Name | None = None
    arguments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DropOwned(Operation):
    """DROP OWNED BY: every object and right of the roles in this database."""

    roles: tuple[Name, ...]
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class Rename(Operation):
    """RENAME. name: the object; part: its column, constraint, attribute or value, if that is what changes."""

    kind: ObjectKind
    name: Name
    part: Name | None
    new_name: Name
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class SetSchema(Operation):
    """ALTER … SET SCHEMA."""

    kind: ObjectKind
    name: Name
    schema: Name


@dataclass(frozen=True, slots=True)
class ChangeOwner(Operation):
    """ALTER … OWNER TO, REASSIGN OWNED (name None)."""

    kind: ObjectKind
    name: Name | None
    role: Name


@dataclass(frozen=True, slots=True)
class CreateView(Operation):
    """CREATE VIEW, CREATE MATERIALIZED VIEW. security_invoker: the view uses the rights of the role that reads it.

    columns: of the view, None if a `*` or an expression without a name hides them. uses: the columns that its query
    names, each with its relation, None if the query does not say which; `*` is all of them.
    """

    view: Name
    replace: bool = False
    if_not_exists: bool = False
    is_materialized: bool = False
    is_temporary: bool = False
    with_data: bool = True
    security_invoker: bool = False
    reads: tuple[Name, ...] = ()
    columns: tuple[str, ...] | None = None
    uses: frozenset[tuple[Name | None, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class CreateObject(Operation):
    """CREATE of an object whose contents no rule needs (schema, sequence, extension, type, statistics, publication …).

    options: WITH and similar options as text.
    """

    kind: ObjectKind
    name: Name
    if_not_exists: bool = False
    replace: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AlterObject(Operation):
    """An ALTER of such an object.

    action: the clause in PostgreSQL's words (`SET PUBLICATION`, `UPDATE`, `RESTART`).
    """

    kind: ObjectKind
    name: Name
    action: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CreateEnum(Operation):
    """CREATE TYPE … AS ENUM."""

    type: Name
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddEnumValue(Operation):
    """ALTER TYPE … ADD VALUE. neighbour: the value of BEFORE or AFTER, '' without."""

    type: Name
    value: str
    if_not_exists: bool = False
    neighbour: str = ""


@dataclass(frozen=True, slots=True)
class CreateDomain(Operation):
    """CREATE DOMAIN."""

    domain: Name
    type: TypeName
    constraints: tuple[Constraint, ...] = ()
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class AlterDomain(Operation):
    """ALTER DOMAIN. action: ADD CONSTRAINT, DROP CONSTRAINT, VALIDATE CONSTRAINT, SET NOT NULL, DROP NOT NULL,
    SET DEFAULT, DROP DEFAULT. default: of SET DEFAULT."""

    domain: Name
    action: str
    constraint: Constraint | None = None
    constraint_name: Name | None = None
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class CreateTrigger(Operation):
    """CREATE TRIGGER. timing: BEFORE, AFTER or INSTEAD OF; events: INSERT, UPDATE, DELETE, TRUNCATE."""

    table: Name
    trigger: Name
    function: Name
    timing: str = "AFTER"
    events: tuple[str, ...] = ()
    per_row: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class CreateRule(Operation):
    """CREATE RULE. What it does follows as operations of its own, inside a RULE frame."""

    table: Name
    rule: Name
    event: str
    instead: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Policy(Operation):
    """CREATE POLICY or ALTER POLICY (is_new False). command: ALL, SELECT …; using and check: its expressions.

    lets_all: one of them is true of every row.
    """

    table: Name
    policy: Name
    is_new: bool
    permissive: bool = True
    command: str = "ALL"
    roles: tuple[Name, ...] = ()
    using: Expression | None = None
    check: Expression | None = None
    lets_all: bool = False


@dataclass(frozen=True, slots=True)
class Comment(Operation):
    """COMMENT ON, SECURITY LABEL. name None for what has no plain name."""

    kind: ObjectKind
    name: Name | None
