"""Facts from the catalog about the objects that pending migrations name, read at one moment."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.migration import Section
from rowkeep.domain.source import Source, Span

Key = tuple[str, str]
"""A schema and a name in it."""
CATALOG = "pg_catalog"


@dataclass(frozen=True, slots=True)
class ObjectQuery:
    """The objects to read. names: with their schema, None if the search path decides; of every kind."""

    names: frozenset[tuple[str | None, str]] = frozenset()

    @property
    def words(self) -> list[str]:
        """The names without their schemas."""
        return sorted({name for _, name in self.names})

    def schemas(self, path: tuple[str, ...]) -> list[str]:
        """The schemas that may contain them: pg_catalog comes before every path."""
        return sorted({schema for schema, _ in self.names if schema is not None} | {*path, CATALOG})

    def __or__(self, other: ObjectQuery) -> ObjectQuery:
        return ObjectQuery(self.names | other.names)


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table, partitioned table, materialized view or foreign table, its partitions counted in.

    kind: as of pg_class.relkind. bytes: of table, TOAST and indexes together, None if not visible;
    heap_bytes: of the rows alone; index_bytes: of the indexes. rows: the planner's estimate, None if it was
    never analyzed. indexes: how many. writes_per_s: rows inserted, updated and deleted a second, at most. is_empty:
    it has no page, so no row. is_whole: its columns are known.
    """

    key: Key
    kind: str
    bytes: int | None = None
    heap_bytes: int | None = None
    index_bytes: int | None = None
    rows: int | None = None
    indexes: int = 0
    partitions: int = 0
    writes_per_s: float | None = None
    is_empty: bool = False
    is_whole: bool = True
    has_row_security: bool = False
    partition_of: Key | None = None
    is_default: bool = False
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """An index. definition: its CREATE INDEX. is_valid: queries use it."""

    key: Key
    definition: str
    is_valid: bool = True


@dataclass(frozen=True, slots=True)
class LiveView:
    """A view. reads: the relations of its query; needs: the columns of them that it requires."""

    key: Key
    is_materialized: bool
    columns: tuple[str, ...]
    reads: tuple[Key, ...] = ()
    needs: frozenset[tuple[Key, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class LiveTrigger:
    """A trigger. fires: it is enabled."""

    table: Key
    name: str
    definition: str
    fires: bool = True


@dataclass(frozen=True, slots=True)
class LiveFunction:
    """A function. signature: with its schema and the types of its arguments. section: its definition, to be parsed."""

    signature: str
    definition: str
    section: Section = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        text = Source(self.signature, self.definition)
        object.__setattr__(self, "section", Section(text, Span(0, len(text.text))))


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """The facts. path: the search path of migrations. definitions: types, tables and constraints, each a statement,
    in an order in which they can be analyzed. absent: requested names that no relation has. unseen: in words, what
    this role could not read; it is treated as unknown. is_whole: no part of the structure is unseen.
    """

    database: str
    major: int
    path: tuple[str, ...] = ("public",)
    tables: tuple[LiveTable, ...] = ()
    definitions: tuple[str, ...] = ()
    indexes: tuple[LiveIndex, ...] = ()
    views: tuple[LiveView, ...] = ()
    triggers: tuple[LiveTrigger, ...] = ()
    functions: tuple[LiveFunction, ...] = ()
    absent: frozenset[Key] = frozenset()
    unseen: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Impact:
    """The impact of a finding on its table, with the size of the table on the server.

    blocks: who waits (`reads and writes`, `writes`, or ''). seconds: a rough estimate of how long, or None. For
    the other fields see LiveTable.
    """

    table: str
    rows: int | None
    bytes: int | None
    indexes: int
    partitions: int = 0
    writes_per_s: float | None = None
    is_empty: bool = False
    blocks: str = ""
    seconds: float | None = None

    @property
    def words(self) -> str:
        """Short text: `orders: 41 M rows, 19 GB, 6 indexes: blocks reads and writes for about 4 min`."""
        if self.is_empty:
            facts = ["no rows"]
        else:
            facts = [f"{_few(self.rows)} rows" if self.rows is not None else "rows unknown (never analysed)"]
            facts.append(_size(self.bytes) if self.bytes is not None else "size unknown")
        for count, word, plural in ((self.indexes, "index", "indexes"), (self.partitions, "partition", "partitions")):
            if count:
                facts.append(f"{count} {word if count == 1 else plural}")
        if self.writes_per_s is not None and self.writes_per_s >= 1:
            facts.append(f"up to {_few(round(self.writes_per_s))} writes/s")
        summary = f"{self.table}: {', '.join(facts)}"
        if self.seconds is None:
            return summary
        if self.blocks:
            return f"{summary}: blocks {self.blocks} for {format_estimate(self.seconds)}"
        return f"{summary}: takes {format_estimate(self.seconds)}"


def format_estimate(seconds: float) -> str:
    """A rounded duration: `less than a second`, `about 40 s`, `about 4 min`."""
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        step = 1 if seconds < 10 else 10
        return f"about {max(step, round(seconds / step) * step)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes if minutes < 10 else round(minutes / 5) * 5} min"
    return f"about {round(seconds / 3600)} h"


def _few(count: int) -> str:
    """A count with two digits: `41 M`."""
    for limit, unit in ((10**9, " G"), (10**6, " M"), (10**4, " k")):
        if count >= limit:
            value = count / (limit if limit != 10**4 else 1000)
            return f"{value:.1f}{unit}" if value < 10 else f"{value:.0f}{unit}"
    return str(count)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.0f} TB" if size >= 10 else f"{size:.1f} TB"
