"""What a transaction changed -> what it lost: objects, rows and values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from rowkeep.domain import operation
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.guard import CatalogChange, CatalogObject, ObjectPart, RowChanges
from rowkeep.domain.deploy.loss import Loss, LossKind
from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.domain.operation import ObjectKind
from rowkeep.domain.source import Place
from rowkeep.knowledge.type_changes import keeps_values
from rowkeep.plan.guard.statement_effects import REWRITING, LocatedOperation, StatementEffects

FEW_ROWS = 20
"""So many rows that a statement picks by a constant (`WHERE id = 7`) are overwritten on purpose."""

ALMOST_ALL = 0.9
"""Of the rows that PostgreSQL estimates: with fewer after a rewrite, some are gone."""

TABLES = ("r", "p", "f")
TEXTS = ("S",)
"""`typcategory` of strings."""

LASTING_SETTINGS = frozenset(
    {
        "datestyle",
        "default_transaction_read_only",
        "intervalstyle",
        "role",
        "row_security",
        "search_path",
        "session_replication_role",
        "synchronous_commit",
        "timezone",
        "zero_damaged_pages",
    }
)
"""Settings of a role or database with which the application reads or writes something else than before."""

UNSEEN = "by something that no statement of the migration names: a function, a trigger, a cascade or dynamic SQL"

NOT_BY_NAME = "no statement drops it by name"

Key = tuple[ObjectPart, int, int, str]


def find_catalog_losses(
    change: CatalogChange, effects: StatementEffects, own: Collection[int] = frozenset()
) -> tuple[Loss, ...]:
    """What existed before the transaction, or what others could see of it, and is not there any more.

    effects: what the statements of the migration are seen to do. own: tables that this run has created itself.
    """
    finder = _LossFinder(change, effects, frozenset(own))
    return tuple(dict.fromkeys(map(finder.add_caller, finder.find())))


def _key(item: CatalogObject) -> Key:
    return item.part, item.oid, item.number, item.facts.get("setting", "")


@dataclass(slots=True)
class _LossFinder:
    """The comparison of one transaction."""

    change: CatalogChange
    effects: StatementEffects
    own: frozenset[int]
    before: dict[Key, CatalogObject] = field(init=False)
    after: dict[Key, CatalogObject] = field(init=False)
    by_name: dict[str, CatalogObject] = field(init=False)
    columns: dict[tuple[int, str], CatalogObject] = field(init=False)
    old_columns: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    gone: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.before = {_key(item): item for item in self.change.before}
        self.after = {_key(item): item for item in self.change.after}
        self.by_name = {item.name: item for item in self.change.after if item.part is ObjectPart.RELATION}
        after = [item for item in self.change.after if item.part is ObjectPart.COLUMN]
        self.columns = {(item.oid, item.facts["column"]): item for item in after}
        for item in (*self._of(ObjectPart.COLUMN), *(item for item in after if _key(item) in self.before)):
            self.old_columns[item.oid].add(item.facts["column"])

    def find(self) -> Iterator[Loss]:
        """Everything that was lost."""
        for item in self._of(ObjectPart.RELATION):
            if item.oid not in self.own:
                yield from self._compare_relation(item)
        for item in self._of(ObjectPart.COLUMN):
            if item.oid not in self.own and item.oid not in self.gone:
                yield from self._compare_column(item)
        yield from self._find_lost_rows()
        yield from self._compare_behaviour()
        yield from self._compare_others()
        yield from self._compare_sequences()
        if self.change.large_objects:
            count = self.change.large_objects
            yield Loss(LossKind.LARGE_OBJECTS, "large objects", count, f"{count_text(count, 'large object')} deleted")
        elif self.change.large_object_pages:
            yield Loss(LossKind.LARGE_OBJECTS, "large objects", 0, "the contents of large objects were overwritten")

    def add_caller(self, loss: Loss) -> Loss:
        """The loss with the place of the statement that called what did it, if no statement does it itself."""
        if loss.place is not None:
            return loss
        return replace(loss, place=self.effects.find_caller({loss.name, loss.owner}))

    def _of(self, part: ObjectPart) -> list[CatalogObject]:
        return [item for item in self.change.before if item.part is part]

    def _relation(self, oid: int) -> tuple[CatalogObject | None, CatalogObject | None]:
        key = (ObjectPart.RELATION, oid, 0, "")
        return self.before.get(key), self.after.get(key)

    def _names(self, oid: int) -> frozenset[str]:
        """The names that a relation and the tables above it have before and after."""
        names: set[str] = set()
        waiting, done = [oid], set()
        while waiting:
            current = waiting.pop()
            done.add(current)
            for item in self._relation(current):
                if item is not None:
                    names.add(item.name)
                    waiting += [int(word) for word in item.facts["parents"].split() if int(word) not in done]
        return frozenset(names)

    def _compare_relation(self, old: CatalogObject) -> Iterator[Loss]:
        new = self.after.get(_key(old))
        rows = max(int(old.facts["rows"]), 0)
        names = self._names(old.oid)
        if new is None:
            self.gone.add(old.oid)
            if (old.oid, 0) not in self.change.empty:
                yield from self._describe_gone(old, rows, names)
            return
        kind = old.facts["kind"]
        is_empty = (old.oid, 0) in self.change.empty
        if (taker := self.by_name.get(old.name)) is not None and taker.oid != old.oid and kind in TABLES:
            yield from self._compare_taker(old, new, taker, names)
        if kind in TABLES:
            lost_parents = set(old.facts["parents"].split()) - set(new.facts["parents"].split())
            for word in sorted(lost_parents):
                parent = self._relation(int(word))[1]
                if parent is not None:
                    detail = f"{old.name} was detached from {parent.name}, which no longer shows its rows"
                    place = self.effects.find_place(names, operation.DetachPartition, operation.AlterTable)
                    yield Loss(LossKind.PARTITION, old.name, rows, detail, parent.name, place)
            if old.facts["persistence"] == "p" and new.facts["persistence"] == "u":
                detail = f"table {new.name} is UNLOGGED now: a crash of the server empties it"
                place = self.effects.find_place(names, operation.AlterTable)
                yield Loss(LossKind.PERSISTENCE, old.name, rows, detail, place=place)
        if kind == "m" and old.facts["populated"] == "true" and new.facts["populated"] == "false":
            place = self.effects.find_place(names, operation.Refresh)
            yield Loss(LossKind.VIEW, old.name, 0, f"materialized view {old.name} was emptied", place=place)
        if kind == "r" and not is_empty and old.facts["file"] != new.facts["file"]:
            yield from self._explain_new_file(old, new, rows, names)

    def _describe_gone(self, old: CatalogObject, rows: int, names: frozenset[str]) -> Iterator[Loss]:
        taker = self.by_name.get(old.name)
        place = self.effects.find_place(names, operation.DropObject)
        match old.facts["kind"]:
            case "r" | "p" | "f":
                known = f" (about {count_text(rows, 'row')})" if rows else ""
                detail = f"table {old.name} is gone{known}"
                if taker is not None:
                    detail += f"; another {_kind_of(taker)} has its name now"
                yield Loss(LossKind.TABLE, old.name, rows, detail, place=place)
            case "S":
                yield from self._describe_gone_sequence(old, place)
            case kind if taker is None and kind != "c":
                kinds = (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
                if not self.effects.drops(kinds, names):
                    word = "materialized view" if kind == "m" else "view"
                    yield Loss(LossKind.VIEW, old.name, 0, f"{word} {old.name} is gone; {NOT_BY_NAME}", place=place)

    def _describe_gone_sequence(self, old: CatalogObject, place: Place | None) -> Iterator[Loss]:
        """A sequence goes with its table or column; a new one of the same column may take its place."""
        table, _, number = old.facts["owner"].partition(" ")
        if table:
            column = (ObjectPart.COLUMN, int(table), int(number), "")
            if int(table) in self.gone or column not in self.after:
                return
            for item in self.change.after:
                if item.part is ObjectPart.RELATION and item.facts["owner"] == old.facts["owner"]:
                    had, has = (self.change.positions.get(one.oid) for one in (old, item))
                    if had is not None and has is not None and has < had:
                        detail = f"sequence {item.name} takes the place of {old.name}, and begins after {has:,}"
                        detail += f" where that one was at {had:,}: it gives numbers again"
                        yield Loss(LossKind.SEQUENCE, old.name, 0, detail, place=place)
                    return
        yield Loss(LossKind.SEQUENCE, old.name, 0, f"sequence {old.name} is gone, with its position", place=place)

    def _compare_taker(
        self, old: CatalogObject, new: CatalogObject, taker: CatalogObject, names: frozenset[str]
    ) -> Iterator[Loss]:
        """Another relation has the name of a table that was renamed. counted: the rows of both, if known."""
        had, has = int(old.facts.get("counted", "-1")), int(taker.facts.get("counted", "-1"))
        if 0 <= had <= has:
            return
        counts = f" ({has:,} of {count_text(had, 'row')})" if had >= 0 and has >= 0 else ""
        detail = f"{old.name} is another {_kind_of(taker)} now{counts}; the old table is {new.name}"
        place = self.effects.find_place({old.name}, operation.CreateTable, operation.CreateView, operation.Rename)
        yield Loss(LossKind.REPLACED, old.name, max(had - has, 0) if counts else 0, detail, place=place)

    def _explain_new_file(
        self, old: CatalogObject, new: CatalogObject, rows: int, names: frozenset[str]
    ) -> Iterator[Loss]:
        """counted: the rows that it has now, where code that is not read ran as well."""
        known = f" (about {count_text(rows, 'row')})" if rows else ""
        truncating = list(self.effects.on(names, operation.Truncate))
        if truncating:
            yield Loss(
                LossKind.ROWS, old.name, rows, f"table {old.name} was truncated{known}", place=truncating[-1].place
            )
            return
        if old.facts["persistence"] == "u" and new.facts["persistence"] == "p":
            return  # it is LOGGED now, with its rows
        if not any(self.effects.on(names, *REWRITING)):
            detail = f"table {old.name} was truncated or rewritten{known}, {UNSEEN}"
            yield Loss(LossKind.ROWS, old.name, rows, detail)
            return
        counted = int(new.facts.get("counted", "-1"))
        left = counted + self.change.rows.get(old.oid, RowChanges()).deleted
        if counted >= 0 and (not left or left < rows * ALMOST_ALL):
            detail = f"table {old.name} was truncated{known}, {UNSEEN}; it has {count_text(counted, 'row')} now"
            yield Loss(LossKind.ROWS, old.name, max(rows - left, 0), detail)

    def _compare_column(self, old: CatalogObject) -> Iterator[Loss]:
        new = self.after.get(_key(old))
        before, after = self._relation(old.oid)
        if before is None or after is None or before.facts["kind"] not in (*TABLES, "c"):
            return
        if before.facts["kind"] == "c":
            if new is None and before.facts["stored"] == "true":
                name = f"{before.name}.{old.facts['column']}"
                detail = f"attribute {name} is gone, from every column that has this type"
                place = self.effects.find_place({before.name}, operation.AlterObject)
                yield Loss(LossKind.COLUMN, name, 0, detail, before.name, place)
            return
        names = self._names(old.oid)
        name, column = f"{before.name}.{old.facts['column']}", old.facts["column"]
        twin = self.columns.get((old.oid, column))
        if new is None:
            is_empty = not self.change.empty.isdisjoint({(old.oid, 0), (old.oid, old.number)})
            if old.facts["generated"] or is_empty or self._is_inherited(before, column):
                return
            detail = f"column {name} is gone, with its values"
            if twin is not None:
                detail += "; a new column has its name now"
            place = self.effects.find_place(names, operation.DropColumn, operation.DropObject, part=column)
            yield Loss(LossKind.COLUMN, name, 0, detail, before.name, place)
            return
        if twin is not None and twin.number != old.number and _key(twin) not in self.before:
            detail = f"{name} is another, new column now; the old one is {new.facts['column']}"
            place = self.effects.find_place(names, operation.AddColumn, part=column)
            yield Loss(LossKind.REPLACED, name, 0, detail, before.name, place)
        yield from self._compare_type(old, new, before, after, names)

    def _has_new_file(self, before: CatalogObject, after: CatalogObject) -> bool:
        """Whether the rows of a table were written again. A partitioned table has none itself: its partitions say."""
        if before.facts["kind"] != "p":
            return before.facts["file"] != after.facts["file"]
        parts = [item for item in self._of(ObjectPart.RELATION) if str(before.oid) in item.facts["parents"].split()]
        pairs = [(item, self.after.get(_key(item))) for item in parts]
        return any(now is not None and self._has_new_file(item, now) for item, now in pairs)

    def _is_inherited(self, relation: CatalogObject, column: str) -> bool:
        """Whether a table above this one has a column of this name before: then that one is reported."""
        parents = {int(word) for word in relation.facts["parents"].split()}
        return bool(parents) and any(
            item.part is ObjectPart.COLUMN and item.oid in parents and item.facts["column"] == column
            for item in self.change.before
        )

    def _compare_type(
        self,
        old: CatalogObject,
        new: CatalogObject,
        before: CatalogObject,
        after: CatalogObject,
        names: frozenset[str],
    ) -> Iterator[Loss]:
        if not self._has_new_file(before, after) or old.facts["generated"]:
            # Without a new file, every value is as it was stored.
            return
        columns = {old.facts["column"], new.facts["column"]}
        seen = [
            located
            for located in self.effects.on(names, operation.ChangeType)
            if isinstance(located.action, operation.ChangeType) and located.action.column.name in columns
        ]
        same_type = old.facts["type"] == new.facts["type"]
        if same_type and not seen:
            return
        if self._is_inherited(before, old.facts["column"]):
            return
        if seen and all(_is_plain_change(located) for located in seen):
            explicit = any(
                isinstance(located.action, operation.ChangeType) and located.action.using for located in seen
            )
            into_enum = new.facts["category"] == "E" and old.facts["category"] in ("E", *TEXTS)
            if keeps_values(
                old.facts["base"],
                new.facts["base"],
                old_limit=int(old.facts["modifier"]),
                new_limit=int(new.facts["modifier"]),
                enum=into_enum,
                explicit=explicit,
            ):
                return
        name = f"{before.name}.{old.facts['column']}"
        how = "" if same_type else f" from {old.facts['type']} to {new.facts['type']}"
        detail = f"values of {name} were rewritten{how}, and some may be cut, rounded or replaced"
        yield Loss(
            LossKind.VALUES,
            name,
            max(int(before.facts["rows"]), 0),
            detail,
            before.name,
            seen[-1].place if seen else None,
        )

    def _find_lost_rows(self) -> Iterator[Loss]:
        families: dict[int, RowChanges] = defaultdict(RowChanges)
        members: dict[int, list[int]] = defaultdict(list)
        for oid, rows in self.change.rows.items():
            root = self._root(oid)
            members[root].append(oid)
            total = families[root]
            families[root] = RowChanges(
                total.inserted + rows.inserted, total.updated + rows.updated, total.deleted + rows.deleted
            )
        for root, total in sorted(families.items(), key=lambda family: family[0]):
            before, _ = self._relation(root)
            if before is None or root in self.own or before.facts["kind"] not in TABLES or root in self.gone:
                continue
            names = frozenset().union(*map(self._names, members[root]))
            names |= self._names(root)
            yield from self._explain_deleted(before, total, names)
            if total.updated:
                yield from self._explain_updated(before, total, names)

    def _root(self, oid: int) -> int:
        """The partitioned table that a partition belonged to, or itself. A plain child of inheritance is its own."""
        before, _ = self._relation(oid)
        while before is not None and before.facts["partition"] == "true" and before.facts["parents"]:
            parent = int(before.facts["parents"].split()[0])
            if (before := self._relation(parent)[0]) is not None:
                oid = parent
        return oid

    def _explain_deleted(self, table: CatalogObject, total: RowChanges, names: frozenset[str]) -> Iterator[Loss]:
        deleting = [
            located
            for located in self.effects.on(names, operation.Delete, operation.Merge)
            if not isinstance(located.action, operation.Merge) or located.action.deletes
        ]
        moving = not deleting and any(self.effects.on(names, operation.Update))
        if moving and table.facts["kind"] == "p" and total.inserted >= total.deleted:
            return  # rows that moved to another partition
        if total.deleted:
            how = "" if deleting else f", {UNSEEN}"
            detail = f"table {table.name} lost {count_text(total.deleted, 'row')}{how}"
            place = deleting[-1].place if deleting else None
            yield Loss(LossKind.ROWS, table.name, total.deleted, detail, place=place)

    def _explain_updated(self, table: CatalogObject, total: RowChanges, names: frozenset[str]) -> Iterator[Loss]:
        updating = [
            located
            for located in self.effects.on(names, operation.Update, operation.Merge, operation.Insert)
            if not isinstance(located.action, operation.Insert) or located.action.on_conflict == "update"
        ]
        if not updating:
            detail = f"{count_text(total.updated, 'row')} of {table.name} updated, {UNSEEN}"
            yield Loss(LossKind.VALUES, table.name, total.updated, detail, table.name)
            return
        written = self.effects.count_written([located.statement for located in updating], self.change.answers)
        if written is not None and total.updated > written:
            hidden = total.updated - written
            detail = f"{count_text(hidden, 'row')} of {table.name} updated, {UNSEEN}"
            yield Loss(LossKind.VALUES, table.name, hidden, detail, table.name)
        old_columns = self.old_columns[table.oid]
        for located in updating:
            action = located.action
            assert isinstance(action, operation.Update | operation.Merge | operation.Insert)
            if isinstance(action, operation.Update) and action.fixed and total.updated <= FEW_ROWS:
                continue
            for column in action.loses:
                if self._was_empty(table.oid, column.name):
                    continue
                if column.name in old_columns or not old_columns:
                    name = f"{table.name}.{column.name}"
                    detail = f"values of {name} overwritten, in up to {count_text(total.updated, 'row')}"
                    yield Loss(LossKind.VALUES, name, total.updated, detail, table.name, located.place)

    def _was_empty(self, oid: int, column: str) -> bool:
        """Whether a column is known to have held no value before."""
        numbers = (item.number for item in self._of(ObjectPart.COLUMN) if item.oid == oid)
        named = (
            number for number in numbers if self.before[ObjectPart.COLUMN, oid, number, ""].facts["column"] == column
        )
        return bool(self.change.empty) and any((oid, number) in self.change.empty for number in named)

    def _compare_behaviour(self) -> Iterator[Loss]:
        """Triggers, rules, policies and row security of tables that are still there."""
        for item in self._of(ObjectPart.TRIGGER):
            new = self.after.get(_key(item))
            table = self._relation(item.oid)[1]
            if table is None or item.oid in self.own or item.oid in self.gone:
                continue
            name = f"{table.name}.{item.name.rpartition('.')[2]}"
            names = self._names(item.oid)
            if new is None:
                again = any(one.part is ObjectPart.TRIGGER and one.name == item.name for one in self.change.after)
                kinds = (ObjectKind.TRIGGER,)
                if item.facts["internal"] == "false" and not again and not self.effects.drops(kinds, {name}, names):
                    detail = f"trigger {name} is gone; {NOT_BY_NAME}"
                    yield Loss(LossKind.TRIGGER, name, 0, detail, table.name)
            elif item.facts["enabled"] in "OA" and new.facts["enabled"] in "DR":
                place = self.effects.find_place(names, operation.AlterTable)
                if item.facts["internal"] == "true":
                    detail = f"foreign keys of {table.name} are not checked any more"
                    yield Loss(LossKind.TRIGGER, table.name, 0, detail, table.name, place)
                else:
                    yield Loss(LossKind.TRIGGER, name, 0, f"trigger {name} is disabled now", table.name, place)
        for item in self.change.after:
            before, table = self._relation(item.oid)
            if before is None or table is None or item.oid in self.own or table.facts["kind"] not in TABLES:
                continue
            old = self.before.get(_key(item))
            match item.part:
                case ObjectPart.RULE if item.facts["instead"] == "true" and _has_changed(
                    old, item, "action", "enabled"
                ):
                    detail = f"rule {item.name} runs in place of what the application writes"
                    place = self.effects.find_place(self._names(item.oid), operation.CreateRule)
                    yield Loss(LossKind.RULE, item.name, 0, detail, table.name, place)
                case ObjectPart.RELATION:
                    yield from self._compare_security(before, table)

    def _compare_security(self, before: CatalogObject, after: CatalogObject) -> Iterator[Loss]:
        """Whether row security hides rows that were visible before."""
        names = self._names(before.oid)
        place = self.effects.find_place(names, operation.Policy, operation.DropObject, operation.AlterTable)
        if after.facts["security"] != "true":
            return
        policies = [item for item in self.change.after if item.part is ObjectPart.POLICY and item.oid == after.oid]
        old_policies = [
            item for item in self.change.before if item.part is ObjectPart.POLICY and item.oid == after.oid
        ]
        opens = any(
            item.facts["permissive"] == "true" and item.facts["command"] in "*r" and item.facts["false"] == "false"
            for item in policies
        )
        if before.facts["security"] != "true":
            if not opens:
                detail = f"row security of {after.name} is on now, and no policy shows a row: only its owner sees any"
                yield Loss(LossKind.ROW_SECURITY, before.name, 0, detail, place=place)
            return
        if before.facts["forced"] != "true" and after.facts["forced"] == "true" and not opens:
            detail = f"row security of {after.name} holds for its owner too now, and no policy shows a row"
            yield Loss(LossKind.ROW_SECURITY, before.name, 0, detail, place=place)
        now = {_own_name(item, after): item for item in policies}
        for old in old_policies:
            new = now.get(_own_name(old, before))
            if old.facts["permissive"] == "true" and new is None:
                detail = f"policy {old.name} is gone: the rows that it showed are hidden now"
                yield Loss(LossKind.POLICY, old.name, 0, detail, before.name, place)
            elif new is not None and new.facts["false"] == "true" and old.facts["false"] != "true":
                detail = f"policy {old.name} shows no row any more"
                yield Loss(LossKind.POLICY, old.name, 0, detail, before.name, place)
        known = {_own_name(item, before) for item in old_policies}
        for item in policies:
            if item.facts["permissive"] == "false" and _own_name(item, after) not in known:
                detail = f"restrictive policy {item.name} hides rows that were visible before"
                yield Loss(LossKind.POLICY, item.name, 0, detail, before.name, place)

    def _compare_others(self) -> Iterator[Loss]:
        """Enums, functions, extensions, settings and default privileges."""
        labels = {item.name for item in self.change.after if item.part is ObjectPart.ENUM}
        types = {item.facts["type"] for item in self.change.after if item.part is ObjectPart.ENUM}
        for item in self._of(ObjectPart.ENUM):
            if item.facts["type"] in types and item.name not in labels:
                renamed = self.after.get(_key(item))
                same_type = renamed is not None and renamed.facts["type"] == item.facts["type"]
                becomes = f"; it is {renamed.facts['label']!r} now" if renamed is not None and same_type else ""
                detail = f"enum {item.facts['type']} has no value {item.facts['label']!r} any more{becomes}"
                place = self.effects.find_place({item.facts["type"]}, operation.Rename, operation.CreateEnum)
                yield Loss(LossKind.ENUM_VALUE, item.name, 0, detail, item.facts["type"], place)
        functions = {
            (item.name, item.facts["arguments"]) for item in self.change.after if item.part is ObjectPart.FUNCTION
        }
        routines = (ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE)
        for item in self._of(ObjectPart.FUNCTION):
            if (item.name, item.facts["arguments"]) in functions or _key(item) in self.after:
                continue
            if not self.effects.drops(routines, {item.name}):
                detail = f"function {item.name}({item.facts['arguments']}) is gone; {NOT_BY_NAME}"
                yield Loss(LossKind.FUNCTION, item.name, 0, detail)
        for item in self._of(ObjectPart.EXTENSION):
            if _key(item) not in self.after and not self.effects.drops((ObjectKind.EXTENSION,), {item.name}):
                yield Loss(LossKind.EXTENSION, item.name, 0, f"extension {item.name} is gone; {NOT_BY_NAME}")
        yield from self._compare_settings()

    def _compare_settings(self) -> Iterator[Loss]:
        keys = {
            _key(item): item
            for item in (*self.change.after, *self.change.before)
            if item.part is ObjectPart.SETTING and item.facts["setting"] in LASTING_SETTINGS
        }
        place = next((seen.place for seen in self.effects.all if isinstance(seen.action, operation.Role)), None)
        for key, item in keys.items():
            old, new = self.before.get(key), self.after.get(key)
            if _has_changed(old, new, "value"):
                was, is_now = (one.facts["value"] if one else "not set" for one in (old, new))
                detail = f"the setting {item.name} is {is_now} for good (it was {was})"
                yield Loss(LossKind.SETTING, item.name, 0, detail, place=place)
        granted = any(isinstance(seen.action, operation.Grant) and seen.action.is_default for seen in self.effects.all)
        if granted:
            return
        for item in self._of(ObjectPart.DEFAULT_PRIVILEGES):
            if _has_changed(item, self.after.get(_key(item)), "rights"):
                detail = f"the default privileges of {item.name} changed, {UNSEEN}"
                yield Loss(LossKind.DEFAULT_PRIVILEGES, item.name, 0, detail)

    def _compare_sequences(self) -> Iterator[Loss]:
        for oid, (before, after) in self.change.sequences.items():
            relation = self._relation(oid)[1]
            if relation is None or oid in self.own:
                continue
            how = f"was set back from {before:,} to {after:,}"
            if before == after:
                how = f"counts in the other direction from {before:,}"
            detail = f"sequence {relation.name} {how}: it gives numbers again"
            table, _, _ = relation.facts["owner"].partition(" ")
            owner = self._relation(int(table))[1] if table else None
            names = {relation.name, *(self._names(owner.oid) if owner else ())}
            place = self.effects.find_place(names, operation.AlterObject, operation.Truncate, operation.AlterTable)
            if place is None:
                place = next(
                    (
                        seen.place
                        for seen in self.effects.all
                        if isinstance(seen.action, operation.CallFunction) and seen.action.call.name.name == "setval"
                    ),
                    None,
                )
            yield Loss(LossKind.SEQUENCE, relation.name, 0, detail, owner.name if owner else "", place)


def _is_plain_change(located: LocatedOperation) -> bool:
    """Whether the column becomes its own value, converted by PostgreSQL."""
    action = located.action
    assert isinstance(action, operation.ChangeType)
    if action.using is None:
        return True
    plain = all(
        cast == action.type
        or (cast.name in ("text", "varchar") and not cast.modifiers and cast.is_array == action.type.is_array)
        for cast in action.using.casts
    )
    return action.using.cast_of == action.column.name and not action.using.calls and plain


def _own_name(item: CatalogObject, table: CatalogObject) -> str:
    """The name of a policy without that of its table, which may have been renamed."""
    return item.name.removeprefix(f"{table.name}.")


def _kind_of(relation: CatalogObject) -> str:
    return {"v": "view", "m": "materialized view", "S": "sequence"}.get(relation.facts["kind"], "table")


def _has_changed(old: CatalogObject | None, new: CatalogObject | None, *facts: str) -> bool:
    if old is None or new is None:
        return old is not new
    return any(old.facts[fact] != new.facts[fact] for fact in facts)
