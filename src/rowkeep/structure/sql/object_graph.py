"""A structure as a graph: objects and their parts, and what each of them needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.schema.structure import CatalogItem, Structure
from rowkeep.structure.sql import item_facts
from rowkeep.structure.sql.item_facts import index_table, read_facts, split_identity, split_lines

Key = tuple[str, str]
"""Kind and identity, as in the fingerprint."""

SERVER_KINDS = frozenset(
    {"database", "database grant", "role", "setting", "subscription", "unenforced foreign key", "user mapping"}
)
"""What belongs to the server or to its state, and not to the structure that migrations make."""

TABLES = frozenset({"table", "partitioned table", "foreign table"})
RELATIONS = TABLES | {"view", "materialized view", "composite type"}
GRANT_OBJECTS: dict[str, tuple[str, ...]] = {
    "table grant": ("table", "partitioned table", "foreign table", "view", "materialized view"),
    "column grant": ("column",),
    "sequence grant": ("sequence",),
    "schema grant": ("schema",),
    "function grant": ("function", "procedure", "aggregate"),
    "type grant": ("enum", "domain", "range type"),
    "language grant": ("language",),
    "server grant": ("foreign server",),
    "type owner": ("enum", "domain", "range type", "base type"),
}
VIEWS = ("view", "materialized view")
VIEW_TEXT = "\0"
"""Between the facts of a view and its query; no text of PostgreSQL has this character."""
PARTS = ("column", "constraint", "trigger", "rule", "policy")
"""Kinds whose identity is that of a relation, and a name."""


@dataclass(frozen=True, slots=True)
class ObjectGraph:
    """objects: the definition of each, by its key. needs: for each object those that must be there before it.

    parents: the object with which each part comes and goes. columns: those of each relation, in order. relations: the
    key of each by its name. view_types: type and collation of the columns of views. identity_sequences: by column.
    checks: name and definition of the CHECKs of each table. clustered: tables that are clustered on an index.
    created_first: pairs of which the first is created before the second, although that does not need it.
    """

    objects: dict[Key, str]
    needs: dict[Key, set[Key]]
    parents: dict[Key, Key]
    columns: dict[str, list[str]]
    relations: dict[str, Key] = field(default_factory=dict)
    view_types: dict[str, str] = field(default_factory=dict)
    identity_sequences: dict[str, str] = field(default_factory=dict)
    checks: dict[str, dict[str, str]] = field(default_factory=dict)
    clustered: set[str] = field(default_factory=set)
    default_privileges: list[Key] = field(default_factory=list)
    created_first: list[tuple[Key, Key]] = field(default_factory=list)

    def view_column_type(self, view: str, name: str) -> str | None:
        """Type and collation of a view's column."""
        return self.view_types.get(f"{view}.{name}")

    def identity_sequence(self, column: str) -> str | None:
        """The sequence of an identity column."""
        return self.identity_sequences.get(column)

    def facts(self, key: Key, names: tuple[str, ...]) -> dict[str, str]:
        """The facts of an object; none where it does not exist."""
        definition = self.objects.get(key)
        return {} if definition is None else read_facts(definition.partition(VIEW_TEXT)[0], names)

    def relation_facts(self, identity: str) -> dict[str, str]:
        """The facts of a table or view by its name."""
        key = self.relations.get(identity)
        return {} if key is None else self.facts(key, item_facts.RELATION_FACTS)

    def parent_tables(self, identity: str) -> list[str]:
        """The tables that this one inherits from, or is a partition of."""
        inherited = self.relation_facts(identity).get("inherits")
        return item_facts.split_list(inherited) if inherited else []


def build_graph(structure: Structure, pairs: Iterable[tuple[Key, Key]]) -> ObjectGraph:
    """The graph of a structure. pairs: (object, what it needs), as the server recorded them."""
    items = {(item.kind, item.identity): item for item in structure.items if item.kind not in SERVER_KINDS}
    relations = {identity: (kind, identity) for kind, identity in items if kind in RELATIONS}
    columns = {
        identity: split_lines(item.definition) for (kind, identity), item in items.items() if kind == "column order"
    }
    backed = _backed_indexes(items)
    objects: dict[Key, str] = {}
    for key, item in items.items():
        objects.update(_divide(key, item, items, relations, backed))
    view_types, identity_sequences = {}, {}
    for (kind, identity), item in items.items():
        if kind == "column" and relations.get(split_identity(identity)[0], ("", ""))[0] in VIEWS:
            facts = read_facts(item.definition, item_facts.COLUMN_FACTS)
            view_types[identity] = f"{facts[item_facts.FIRST]} {facts.get('collation', '')}"
        elif kind == "sequence":
            column = read_sequence(item.definition).get("identity of")
            if column is not None:
                identity_sequences[column] = identity
    graph = ObjectGraph(objects, defaultdict(set), {}, columns, relations, view_types, identity_sequences)
    _add_parents(graph, backed)
    for key, text in objects.items():
        if key[0] == "constraint" and text.startswith("CHECK"):
            table, name = split_identity(key[1])
            graph.checks.setdefault(table, {})[name] = text
        elif key[0] == "default privileges":
            graph.default_privileges.append(key)
        elif key[0] == "index mark" and "clustered on" in text.split("\n"):
            graph.clustered.add(table_of_mark(graph, key))
    for one, other in pairs:
        if one in objects and other in objects and one != other:
            graph.needs[one].add(other)
            if one[0] == "comment":
                graph.parents[one] = other
    for child, parent in graph.parents.items():
        graph.needs[child].add(parent)
    return graph


def _backed_indexes(items: dict[Key, CatalogItem]) -> dict[Key, Key]:
    """The index of each primary key, unique and exclusion constraint, with its constraint."""
    found: dict[Key, Key] = {}
    for (kind, identity), item in items.items():
        if kind != "constraint" or not item.definition.startswith(("PRIMARY KEY", "UNIQUE", "EXCLUDE")):
            continue
        table, name = split_identity(identity)
        index = ("index", f"{split_identity(table)[0]}.{name}")
        if index in items:
            found[index] = (kind, identity)
    return found


def _divide(
    key: Key,
    item: CatalogItem,
    items: dict[Key, CatalogItem],
    relations: dict[str, Key],
    backed: dict[Key, Key],
) -> dict[Key, str]:
    """An item as the objects that change by themselves."""
    kind, identity = key
    if kind in ("column order", "view definition"):
        return {}
    if kind in VIEWS:
        text = items.get(("view definition", identity))
        return {key: f"{item.definition}{VIEW_TEXT}{text.definition.rstrip(';') if text else ''}"}
    if kind == "column":
        table = split_identity(identity)[0]
        if relations.get(table, ("", ""))[0] in VIEWS:
            # The columns of a view come with it; only their defaults can be changed.
            default = read_facts(item.definition, item_facts.COLUMN_FACTS).get("default")
            return {} if default is None else {("default", identity): default}
        facts = read_facts(item.definition, item_facts.COLUMN_FACTS)
        value = facts.pop("default", None)
        rest = "\n".join(_join(name, value) for name, value in facts.items())
        return {key: rest} if value is None else {key: rest, ("default", identity): value}
    if kind == "sequence":
        facts = read_sequence(item.definition)
        owned = facts.pop("owned by", None)
        rest = "\n".join(_join(name, value) for name, value in facts.items())
        return {key: rest} if owned is None else {key: rest, ("sequence ownership", identity): owned}
    if kind == "index":
        lines = split_lines(item.definition)
        marks = [line for line in lines if line in item_facts.INDEX_FACTS or line.startswith("attached to ")]
        found = {} if key in backed else {key: "\n".join(line for line in lines if line not in marks)}
        return {**found, ("index mark", identity): "\n".join(marks)} if marks else found
    if kind == "partitioned table" or kind == "table":
        facts = read_facts(item.definition, item_facts.RELATION_FACTS)
        bound = facts.get("partition")
        if bound is not None and facts.get("inherits"):
            kept = "\n".join(_join(name, value) for name, value in facts.items() if name != "partition")
            return {key: kept, ("partition", identity): f"{facts['inherits']}\n{bound}"}
    return {key: item.definition}


def read_sequence(definition: str) -> dict[str, str]:
    """The facts of a sequence's item, in which the owner stands before the type."""
    lines = split_lines(definition)
    if lines[0].startswith("owner "):
        lines[:2] = lines[1::-1]
    return read_facts("\n".join(lines), item_facts.SEQUENCE_FACTS)


def _join(name: str, value: str) -> str:
    return f"{name} {value}".strip() if name else value


def table_of_mark(graph: ObjectGraph, mark: Key) -> str:
    """The table of a marked index; '' where the index does not exist."""
    parent = graph.parents.get(mark)
    if parent is None:
        return ""
    return index_table(graph.objects[parent]) if parent[0] == "index" else split_identity(parent[1])[0]


def _add_parents(graph: ObjectGraph, backed: dict[Key, Key]) -> None:
    objects, parents = graph.objects, graph.parents
    for key in objects:
        kind, identity = key
        parent: Key | None
        if kind in PARTS:
            parent = graph.relations.get(split_identity(identity)[0])
        elif kind == "default":
            parent = ("column", identity) if ("column", identity) in objects else None
            parent = parent or graph.relations.get(split_identity(identity)[0])
        elif kind == "index":
            parent = graph.relations.get(index_table(objects[key]))
        elif kind == "index mark":
            parent = backed.get(("index", identity), ("index", identity))
        elif kind == "partition":
            parent = graph.relations.get(identity)
        elif kind == "sequence ownership":
            parent = ("sequence", identity)
        elif kind == "domain constraint":
            parent = ("domain", split_identity(identity)[0])
        elif kind in GRANT_OBJECTS:
            parent = next(((other, identity) for other in GRANT_OBJECTS[kind] if (other, identity) in objects), None)
        else:
            continue
        if parent is not None and parent in objects:
            parents[key] = parent
    for key, owner in parents.copy().items():
        if key[0] == "index mark":
            attached = [line for line in graph.objects[key].split("\n") if line.startswith("attached to ")]
            if attached:
                above = ("index", attached[0].removeprefix("attached to "))
                graph.needs[key].add(backed.get(above, above))
        if key[0] == "partition":
            table = graph.relations.get(objects[key].split("\n")[0])
            if table is not None:
                graph.needs[key].add(table)
        if key[0] in ("constraint", "index") and ("partition", owner[1]) in objects:
            # What a partition has before it is attached is not made for it once more.
            graph.created_first.append((key, ("partition", owner[1])))
        if key[0] == "sequence ownership":
            column = ("column", objects[key])
            if column in objects:
                graph.needs[key].add(column)
    for identity, key in graph.relations.items():
        for name in graph.parent_tables(identity):
            parent = graph.relations.get(name)
            if parent is not None and ("partition", identity) not in objects:
                graph.needs[key].add(parent)
