"""From one structure to another: what is dropped, changed and created, in an order that works, as SQL statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.structure.sql import write_code, write_database, write_parts, write_relations, write_rights
from rowkeep.structure.sql.item_facts import COLUMN_FACTS, FIRST, SEQUENCE_FACTS, split_identity
from rowkeep.structure.sql.object_graph import GRANT_OBJECTS, TABLES, Key, ObjectGraph
from rowkeep.structure.sql.sort_changes import sort_changes
from rowkeep.structure.sql.unwritten import NotWritable


class ChangeVerb(Enum):
    """What happens to an object."""

    DROP = "drop"
    RENAME = "rename"
    """An enum that is replaced makes room for the new one, until its columns are converted."""
    CHANGE = "change"
    CREATE = "create"
    REMOVE = "remove"
    """The renamed enum goes."""


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """The statements that drop, change or create one object. holds_data: what is dropped may hold rows or values."""

    verb: ChangeVerb
    kind: str
    identity: str
    statements: tuple[str, ...]
    holds_data: bool = False


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """changes: in the order in which they run. unwritten: (kind, identity, why) of what no SQL is written for."""

    changes: tuple[ObjectChange, ...]
    unwritten: tuple[tuple[str, str, str], ...]


Step = tuple[ChangeVerb, Key]
Create = Callable[[ObjectGraph, Key], list[str]]
Alter = Callable[[ObjectGraph, ObjectGraph, Key], list[str] | None]

CREATE: dict[str, Create] = {
    "schema": write_database.create_schema,
    "extension": write_database.create_extension,
    "language": write_database.create_language,
    "collation": write_code.create_collation,
    "enum": write_code.create_enum,
    "domain": write_code.create_domain,
    "domain constraint": write_parts.create_domain_constraint,
    "range type": write_code.create_range,
    "composite type": write_relations.create_composite,
    "sequence": write_relations.create_sequence,
    "function": write_code.create_function,
    "procedure": write_code.create_function,
    "aggregate": write_code.create_aggregate,
    "operator": write_code.create_operator,
    "cast": write_code.create_cast,
    "text search dictionary": write_code.create_search_dictionary,
    "text search configuration": write_code.create_search_configuration,
    "partition": write_relations.attach_partition,
    "sequence ownership": write_relations.set_sequence_owner,
    "view": write_relations.create_view,
    "materialized view": write_relations.create_view,
    "constraint": write_parts.create_constraint,
    "index": write_parts.create_index,
    "statistics": write_parts.create_statistics,
    "rule": write_parts.create_rule,
    "trigger": write_parts.create_trigger,
    "policy": write_parts.create_policy,
    "event trigger": write_code.create_event_trigger,
    "publication": write_database.create_publication,
}
"""The kinds that can be created, apart from tables, columns, defaults, rights and comments."""

ALTER: dict[str, Alter] = {
    "extension": write_database.alter_extension,
    "enum": write_code.alter_enum,
    "domain": write_code.alter_domain,
    "domain constraint": write_parts.alter_domain_constraint,
    "sequence": write_relations.alter_sequence,
    "table": write_relations.alter_table,
    "partitioned table": write_relations.alter_table,
    "view": write_relations.alter_view,
    "materialized view": write_relations.alter_view,
    "function": write_code.alter_function,
    "procedure": write_code.alter_function,
    "text search configuration": write_code.alter_search_configuration,
    "constraint": write_parts.alter_constraint,
    "rule": write_parts.alter_rule,
    "trigger": write_parts.alter_trigger,
    "policy": write_parts.alter_policy,
    "event trigger": write_code.alter_event_trigger,
    "publication": write_database.alter_publication,
}
DROP_WORDS = {
    **write_rights.OWNER_WORDS,
    "enum": "TYPE",
    "domain": "DOMAIN",
    "range type": "TYPE",
    "base type": "TYPE",
    "extension": "EXTENSION",
    "index": "INDEX",
}
SPECIAL_DROPS: dict[str, Create] = {
    "constraint": write_parts.drop_constraint,
    "domain constraint": write_parts.drop_domain_constraint,
    "aggregate": write_code.drop_aggregate,
    "cast": write_code.drop_cast,
    "trigger": write_parts.drop_on_table,
    "rule": write_parts.drop_on_table,
    "policy": write_parts.drop_on_table,
    "partition": write_relations.detach_partition,
}
RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (
            *("schema", "language", "extension", "collation", "enum", "domain", "range type", "composite type"),
            *("domain constraint", "sequence", "table", "partitioned table", "column", "default", "aggregate"),
            *("function", "procedure", "operator", "cast", "text search dictionary", "text search configuration"),
            *("partition", "sequence ownership", "constraint", "index", "index mark", "view", "materialized view"),
            *("statistics", "rule", "trigger", "policy", "event trigger", "publication", "type owner"),
            *("type grant", "schema grant", "sequence grant", "table grant", "column grant", "function grant"),
            *("language grant", "server grant", "comment", "default privileges"),
        )
    )
}
INLINE = ("CHECK", "PRIMARY KEY", "UNIQUE", "EXCLUDE")
"""The constraints that stand in the CREATE TABLE of a new table."""
KINDS_WITH_DATA = TABLES | {"column", "sequence"}
REBUILT = frozenset(
    {
        *("view", "materialized view", "function", "procedure", "aggregate", "constraint", "index", "index mark"),
        *(
            "trigger",
            "rule",
            "policy",
            "statistics",
            "default",
            "operator",
            "cast",
            "domain constraint",
            "publication",
        ),
        *("event trigger", "comment", "type owner", "sequence ownership", "partition", *GRANT_OBJECTS),
    }
)
"""What can be dropped and created again without a loss, because it holds nothing of its own."""
BLOCKS_CONVERSION = frozenset(
    {*("view", "materialized view", "rule", "policy", "trigger", "function"), *("default", "constraint", "index")}
)
"""What is made again where the values of a column take a new type of the same name."""
BLOCKS_TYPE = frozenset({"view", "materialized view", "rule", "policy", "trigger", "function", "procedure"})
"""What PostgreSQL does not let a column change its type under."""


def plan_changes(old: ObjectGraph, new: ObjectGraph, *, owner: str, major: int) -> ChangePlan:
    """The changes that make `old` equal to `new`.

    owner: the role that will run them, as SQL writes it: what it creates needs no OWNER TO. major: of the server.
    """
    return _Planner(old, new, owner, major).plan()


class _Planner:
    def __init__(self, old: ObjectGraph, new: ObjectGraph, owner: str, major: int) -> None:
        self.old, self.new, self.owner, self.major = old, new, owner, major
        self.dropped = set(old.objects.keys() - new.objects.keys())
        self.created = set(new.objects.keys() - old.objects.keys())
        self.altered: dict[Key, list[str]] = {}
        self.renamed: set[Key] = set()
        self.converted: set[Key] = set()
        self.unwritten: dict[Key, str] = {}
        self.children: dict[Key, list[Key]] = defaultdict(list)
        for child, parent in old.parents.items():
            self.children[parent].append(child)
        self.dependents: dict[Key, list[Key]] = defaultdict(list)
        for key, needs in old.needs.items():
            for needed in needs:
                self.dependents[needed].append(key)
        self.leaders: dict[Key, Key] = {}
        self.followers: dict[Key, list[Key]] = defaultdict(list)

    def plan(self) -> ChangePlan:
        """See `plan_changes`."""
        self._find_changes()
        self._absorb()
        ranks: dict[Step, tuple[object, ...]] = {}
        for key in self.dropped | self.created | self.altered.keys() | self.renamed | self.converted:
            for verb in self._verbs(key):
                if self._leader(verb, key) == key:
                    ranks[(verb, key)] = _rank(verb, key)
        changes = []
        for verb, key in sort_changes(ranks, self._precedence()):
            change = self._write(verb, key)
            if change is not None and change.statements:
                changes.append(change)
        return ChangePlan(tuple(changes), tuple((*key, why) for key, why in sorted(self.unwritten.items())))

    def _verbs(self, key: Key) -> Iterator[ChangeVerb]:
        if key in self.renamed:
            yield from (ChangeVerb.RENAME, ChangeVerb.CREATE, ChangeVerb.REMOVE)
            return
        if key in self.dropped:
            yield ChangeVerb.DROP
        if key in self.altered or key in self.converted:
            yield ChangeVerb.CHANGE
        if key in self.created:
            yield ChangeVerb.CREATE

    # What changes, and how.

    def _find_changes(self) -> None:
        replaced: list[Key] = []
        for key in self.old.objects.keys() & self.new.objects.keys():
            if self.old.objects[key] == self.new.objects[key]:
                continue
            try:
                statements = self._alter(key)
            except NotWritable as error:
                self.unwritten[key] = error.why
                continue
            if statements is None:
                replaced.append(key)
            else:
                self.altered[key] = statements
                if key[0] == "column" and self._changes_type(key):
                    replaced += [other for other in self.dependents[key] if self._blocks_type(other)]
                    if ("default", key[1]) in self.old.objects:
                        replaced.append(("default", key[1]))
        # What needs a type or function that goes cannot stay as it is.
        for key in self.dropped:
            replaced += [other for other in self.dependents[key] if other[0] in REBUILT and self._is_unchanged(other)]
        self._replace(replaced)

    def _is_unchanged(self, key: Key) -> bool:
        return key in self.new.objects and self.old.objects[key] == self.new.objects[key]

    def _blocks_type(self, key: Key) -> bool:
        if key[0] == "column":
            return "generated always as" in self.old.facts(key, COLUMN_FACTS)
        return key[0] in BLOCKS_TYPE

    def _changes_type(self, key: Key) -> bool:
        before, after = self.old.facts(key, COLUMN_FACTS), self.new.facts(key, COLUMN_FACTS)
        return before[FIRST] != after[FIRST] or before.get("collation") != after.get("collation")

    def _replace(self, start: list[Key]) -> None:
        """Drop and create again, and with each object everything that needs it."""
        open_ = [key for key in start if key in self.new.objects]
        seen: set[Key] = set()
        while open_:
            key = open_.pop()
            if key in seen:
                continue
            seen.add(key)
            if key[0] in TABLES or (key[0] not in CREATE and key[0] not in REBUILT and key[0] != "column"):
                self.unwritten.setdefault(key, "it cannot be replaced without its rows")
                continue
            self.altered.pop(key, None)
            if key[0] == "enum":
                self.renamed.add(key)
            else:
                self.dropped.add(key)
                self.created.add(key)
            for other in (*self.dependents[key], *self.children[key]):
                if other not in self.new.objects or other in seen:
                    continue
                if other[0] in ("column", "domain") and key[0] in ("enum", "domain", "composite type", "range type"):
                    if key[0] == "enum" and other[0] == "column":
                        self.converted.add(other)
                        open_ += [
                            third
                            for third in (*self.dependents[other], ("default", other[1]))
                            if third[0] in BLOCKS_CONVERSION and third in self.new.objects
                        ]
                    else:
                        self.unwritten.setdefault(key, f"{other[0]} {other[1]} holds values of it")
                elif other[0] in REBUILT or (other[0] == "column" and other not in self.children[key]):
                    open_.append(other)

    def _alter(self, key: Key) -> list[str] | None:
        """The statements that change an object; None where it must be replaced."""
        kind = key[0]
        if kind in GRANT_OBJECTS and kind != "type owner":
            return write_rights.change_grants(self.old, self.new, key)
        if kind == "type owner":
            return write_rights.set_owner(self.new, key)
        if kind == "default privileges":
            return write_rights.change_default_privileges(self.old, self.new, key)
        if kind == "comment":
            return write_rights.set_comment(self.new, key)
        if kind == "default":
            return self._set_default(key)
        if kind == "column":
            if self._comes_from_parent(key):
                return []
            return write_relations.alter_column(self.old, self.new, key, major=self.major)
        if kind == "index mark":
            return write_parts.mark_index(self.old, self.new, key)
        if kind == "sequence ownership":
            return write_relations.set_sequence_owner(self.new, key)
        if kind == "constraint" and self._comes_from_parent(key):
            return []
        before, after = write_rights.read_owner(self.old, key), write_rights.read_owner(self.new, key)
        owner = write_rights.set_owner(self.new, key) if before != after and kind in write_rights.OWNER_WORDS else []
        if owner and _without_owner(self.old, key) == _without_owner(self.new, key):
            return owner
        if kind not in ALTER:
            return None
        statements = ALTER[kind](self.old, self.new, key)
        return None if statements is None else [*statements, *owner]

    def _comes_from_parent(self, key: Key) -> bool:
        """Whether the same change of a parent table changes this part of a child, too."""
        table, name = split_identity(key[1])
        for graph in (self.new, self.old):
            for parent in graph.parent_tables(table):
                above = (key[0], f"{parent}.{name}")
                before, after = self.old.objects.get(above), self.new.objects.get(above)
                if before != after and (before, after) == (self.old.objects.get(key), self.new.objects.get(key)):
                    return True
        return False

    def _set_default(self, key: Key) -> list[str]:
        table, name = split_identity(key[1])
        if self._comes_from_parent(key):
            return []
        word = "VIEW" if (self.new.relations.get(table) or ("", ""))[0] == "view" else "TABLE"
        value = self.new.objects.get(key)
        return [
            f"ALTER {word} {table} ALTER COLUMN {name} {'DROP DEFAULT' if value is None else f'SET DEFAULT {value}'}"
        ]

    # What is written together.

    def _absorb(self) -> None:
        """Columns, their defaults and checks are written in the CREATE TABLE of a new table."""
        for key in self.created:
            kind, identity = key
            relation = self.new.relations.get(split_identity(identity)[0])
            if kind == "column" and relation in self.created:
                self.leaders[key] = relation
            elif kind == "default" and ("column", identity) in self.created:
                self.leaders[key] = self.leaders.get(("column", identity), ("column", identity))
                if relation in self.created:
                    self.leaders[key] = relation
            elif kind == "constraint" and relation in self.created:
                text = self.new.objects[key]
                if text.startswith(INLINE) and not text.endswith(("NOT VALID", "NOT ENFORCED")):
                    self.leaders[key] = relation
        for key, leader in tuple(self.leaders.items()):
            # A function of the table's own row type would have to come before and after it.
            if key[0] != "column" and any(
                other in self.created and self.new.needs[other] & {leader}
                for other in self.new.needs[key]
                if other[0] in ("function", "aggregate")
            ):
                del self.leaders[key]
        for key, leader in self.leaders.items():
            self.followers[leader].append(key)

    def _leader(self, verb: ChangeVerb, key: Key) -> Key:
        if verb is ChangeVerb.CREATE:
            return self.leaders.get(key, key)
        if verb is ChangeVerb.DROP:
            # What goes with its parent goes when the parent does.
            parent = self.old.parents.get(key)
            while parent is not None:
                key = parent if parent in self.dropped else key
                parent = self.old.parents.get(parent)
            if key[0] == "sequence":
                column = self._owning_column(key)
                return self._leader(verb, column) if column in self.dropped else key
        return key

    # The order.

    def _precedence(self) -> Iterator[tuple[Step, Step]]:
        drop, change, create = ChangeVerb.DROP, ChangeVerb.CHANGE, ChangeVerb.CREATE
        for key, needs in self.old.needs.items():
            gone = self._leader(drop, key)
            for needed in needs:
                yield (drop, gone), (drop, self._leader(drop, needed))
                yield (change, key), (drop, self._leader(drop, needed))
                yield (drop, gone), (change, needed)
                yield (drop, gone), (ChangeVerb.RENAME, needed)
                yield (change, key), (ChangeVerb.REMOVE, needed)
                yield (drop, gone), (ChangeVerb.REMOVE, needed)
        for key, needs in self.new.needs.items():
            after = self._leader(create, key)
            for needed in needs:
                before = self._leader(create, needed)
                yield (create, before), (create, after)
                yield (create, before), (change, key)
                yield (change, needed), (create, after)
        for first, second in self.new.created_first:
            yield (create, self._leader(create, first)), (create, self._leader(create, second))
        for key in self.renamed:
            yield (ChangeVerb.RENAME, key), (create, key)
            yield (create, key), (ChangeVerb.REMOVE, key)
        dropped_names: dict[str, list[Key]] = defaultdict(list)
        for key in self.dropped:
            dropped_names[key[1]].append(key)
        for key in self.created:
            for other in dropped_names.get(key[1], ()):
                yield (drop, self._leader(drop, other)), (create, self._leader(create, key))
        for key in self.converted:
            yield (drop, ("default", key[1])), (change, key)
            yield (change, key), (create, ("default", key[1]))
        for key in self.altered:
            if key[0] == "column":
                yield (drop, ("default", key[1])), (change, key)
                yield (change, key), (create, ("default", key[1]))
            for parent in self.new.parent_tables(split_identity(key[1])[0]) if key[0] in ("column", "default") else ():
                yield (change, (key[0], f"{parent}.{split_identity(key[1])[1]}")), (change, key)

    # SQL.

    def _write(self, verb: ChangeVerb, key: Key) -> ObjectChange | None:
        try:
            if verb is ChangeVerb.DROP:
                statements = self._drop(key)
            elif verb is ChangeVerb.CHANGE:
                statements = self.altered.get(key, [])
                if key in self.converted:
                    statements = [*write_relations.convert_column(self.new, key), *statements]
            elif verb is ChangeVerb.RENAME:
                schema, name = split_identity(key[1])
                statements = [f"ALTER TYPE {key[1]} RENAME TO {_put_away(name)}"]
            elif verb is ChangeVerb.REMOVE:
                schema, name = split_identity(key[1])
                statements = [f"DROP TYPE {schema}.{_put_away(name)}"]
            else:
                statements = self._create(key)
        except NotWritable as error:
            self.unwritten[key] = error.why
            return None
        lost = verb is ChangeVerb.DROP and key[0] in KINDS_WITH_DATA and self._holds_data(key)
        return ObjectChange(verb, *key, tuple(statements), lost)

    def _holds_data(self, key: Key) -> bool:
        """Values of a generated column can be computed again, and composite types hold none."""
        if key[0] != "column":
            return True
        table = split_identity(key[1])[0]
        if self.old.relations.get(table, ("", ""))[0] == "composite type":
            return False
        return "generated always as" not in self.old.facts(key, COLUMN_FACTS)

    def _drop(self, key: Key) -> list[str]:
        kind, identity = key
        if kind in GRANT_OBJECTS:
            return [] if kind == "type owner" else write_rights.change_grants(self.old, self.new, key)
        if kind == "comment":
            return write_rights.set_comment(self.new, key)
        if kind == "default privileges":
            return write_rights.change_default_privileges(self.old, self.new, key)
        if kind == "default":
            table, name = split_identity(identity)
            word = "VIEW" if self.old.relations.get(table, ("", ""))[0] == "view" else "TABLE"
            return [] if self._drops_with_parent(key) else [f"ALTER {word} {table} ALTER COLUMN {name} DROP DEFAULT"]
        if kind == "column":
            table, name = split_identity(identity)
            if self._drops_with_parent(key):
                return []
            if self.old.relations.get(table, ("", ""))[0] == "composite type":
                return [f"ALTER TYPE {table} DROP ATTRIBUTE {name}"]
            return [f"ALTER TABLE {table} DROP COLUMN {name}"]
        if kind == "index mark":
            return write_parts.mark_index(self.old, self.new, key)
        if kind == "sequence ownership":
            return [f"ALTER SEQUENCE {identity} OWNED BY NONE"] if ("sequence", identity) in self.new.objects else []
        if kind == "sequence" and "identity of" in self.old.objects[key]:
            return []  # it goes with the identity of its column
        if kind in ("constraint", "trigger") and self._drops_with_parent(key):
            return []
        if kind in ("constraint", "index") and self._goes_with_attached(key):
            return []
        if kind in SPECIAL_DROPS:
            return SPECIAL_DROPS[kind](self.old, key)
        if kind == "operator class":
            return [f"DROP OPERATOR CLASS {identity.replace(' using ', ' USING ')}"]
        if kind not in DROP_WORDS:
            raise NotWritable(kind, identity, "no SQL is written that drops it")
        return [f"DROP {DROP_WORDS[kind]} {identity}"]

    def _owning_column(self, sequence: Key) -> Key | None:
        """The column with which a sequence goes."""
        column = self.old.objects.get(("sequence ownership", sequence[1]))
        if column is None:
            column = self.old.facts(sequence, SEQUENCE_FACTS).get("identity of")
        return None if column is None else ("column", column)

    def _drops_with_parent(self, key: Key) -> bool:
        """Whether the parent table's part of the same name goes, and this one with it."""
        table, name = split_identity(key[1])
        parents = self.old.parent_tables(table)
        if ("partition", table) in self.dropped:
            return False
        return any(
            (key[0], f"{parent}.{name}") in self.dropped and self.old.relations.get(parent) not in self.dropped
            for parent in parents
        )

    def _goes_with_attached(self, key: Key) -> bool:
        """Whether the index of a partition goes with that of the partitioned table."""
        schema = split_identity(split_identity(key[1])[0])[0]
        index = key[1] if key[0] == "index" else f"{schema}.{split_identity(key[1])[1]}"
        above = (key for key in self.old.needs.get(("index mark", index), ()) if key[0] in ("index", "constraint"))
        return any(other != key and other in self.dropped for other in above)

    def _stays_after_detaching(self, key: Key) -> bool:
        """Whether a detached partition has this foreign key already, as that of the partitioned table."""
        table, name = split_identity(key[1])
        return ("partition", table) in self.dropped and any(
            ("constraint", f"{parent}.{name}") in self.old.objects for parent in self.old.parent_tables(table)
        )

    def _is_created_with_parent(self, key: Key) -> bool:
        table, name = split_identity(key[1])
        if self.new.relations.get(table) in self.created:
            # A trigger of a partitioned table is copied to a partition when it is attached.
            return key[0] == "trigger" and any(
                (key[0], f"{parent}.{name}") in self.new.objects for parent in self._partition_parents(table)
            )
        return any((key[0], f"{parent}.{name}") in self.created for parent in self.new.parent_tables(table))

    def _partition_parents(self, table: str) -> list[str]:
        return self.new.parent_tables(table) if ("partition", table) in self.new.objects else []

    def _create(self, key: Key) -> list[str]:
        kind, identity = key
        if kind in TABLES:
            inline = {part for part in self.followers[key] if part[0] != "column"}
            return [*write_relations.create_table(self.new, key, inline), *self._own(key)]
        if kind == "column":
            if self._is_created_with_parent(key):
                return []
            table = split_identity(identity)[0]
            if self.new.relations.get(table, ("", ""))[0] == "composite type":
                definition = write_relations.define_column(self.new, identity, with_default=False)
                return [f"ALTER TYPE {table} ADD ATTRIBUTE {definition}"]
            absorbed = self.leaders.get(("default", identity)) == key
            return write_relations.add_column(self.new, key, with_default=absorbed)
        if kind == "default":
            return [] if self._is_created_with_parent(key) else self._set_default(key)
        if kind in GRANT_OBJECTS and kind != "type owner":
            parent = self.new.parents.get(key)
            is_new = parent in self.created or parent in self.renamed
            creator = self.owner if is_new else None
            return write_rights.change_grants(self.old, self.new, key, creator=creator)
        if kind == "type owner":
            return self._own(key)
        if kind == "default privileges":
            return write_rights.change_default_privileges(self.old, self.new, key)
        if kind == "comment":
            parent = self.new.parents.get(key, key)
            # The comment of an extension comes with it.
            return (
                [] if parent[0] == "extension" and parent in self.created else write_rights.set_comment(self.new, key)
            )
        if kind == "index mark":
            return write_parts.mark_index(ObjectGraph({}, {}, {}, {}), self.new, key)
        if kind in ("constraint", "trigger") and self._is_created_with_parent(key):
            return []
        if kind == "constraint" and self._stays_after_detaching(key):
            return []
        if kind not in CREATE:
            raise NotWritable(kind, identity, "no SQL is written that creates it")
        return [*CREATE[kind](self.new, key), *self._own(key)]

    def _own(self, key: Key) -> list[str]:
        """OWNER TO, where the new object would belong to somebody else."""
        if key[0] not in write_rights.OWNER_WORDS and key[0] != "type owner":
            return []
        if key[0] == "sequence" and "identity of" in self.new.objects[key]:
            return []
        owner = write_rights.read_owner(self.new, key)
        return [] if owner in (None, self.owner) else write_rights.set_owner(self.new, key)


def _without_owner(graph: ObjectGraph, key: Key) -> str:
    owner = write_rights.read_owner(graph, key)
    return graph.objects[key].replace(f"owner {owner}", "", 1) if owner else graph.objects[key]


def _put_away(name: str) -> str:
    plain = name.strip('"').replace('""', '"')
    inner = plain.encode()[:50].decode(errors="ignore").replace('"', '""')
    return f'"{inner}__before"'


def _rank(verb: ChangeVerb, key: Key) -> tuple[object, ...]:
    place = RANKS.get(key[0], len(RANKS))
    phase = list(ChangeVerb).index(verb)
    return (phase, -place if verb is ChangeVerb.DROP else place, key[1], key[0])
