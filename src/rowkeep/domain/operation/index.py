"""Operations on indexes, and the maintenance that rebuilds things."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation.base import Call, Expression, Name, Operation
from rowkeep.domain.source import Span


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    """CREATE INDEX. columns: its keys, None for an expression; only: ON ONLY the partitioned parent.

    keyword: the word INDEX, after which CONCURRENTLY goes. computed: the columns that the expressions among its keys
    and its WHERE name; calls: the functions in them.
    """

    table: Name
    index: Name | None
    columns: tuple[Name | None, ...] = ()
    include: tuple[Name, ...] = ()
    unique: bool = False
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False
    method: str = "btree"
    where: Expression | None = None
    keyword: Span | None = None
    computed: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Reindex(Operation):
    """REINDEX. kind: INDEX, TABLE, SCHEMA, SYSTEM or DATABASE; name None for the whole database."""

    kind: str
    name: Name | None
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class Cluster(Operation):
    """CLUSTER of a table, or of all that were clustered before (table None)."""

    table: Name | None
    index: Name | None = None


@dataclass(frozen=True, slots=True)
class Vacuum(Operation):
    """VACUUM of a table, or of all (table None). full: rewrites it."""

    table: Name | None
    full: bool = False


@dataclass(frozen=True, slots=True)
class Analyze(Operation):
    """ANALYZE of a table, or of all (table None)."""

    table: Name | None


@dataclass(frozen=True, slots=True)
class Refresh(Operation):
    """REFRESH MATERIALIZED VIEW. with_data False empties it."""

    view: Name
    concurrently: bool = False
    with_data: bool = True
