"""Looks at what a transaction has changed before it is committed, and compares that with what others still see.

The state before is read in a second session, after the statements: until COMMIT it is what everybody else sees. So
only what the transaction has touched is read, and what other sessions change is in both pictures. Where there is no
second connection, everything is read in our own, before the first statement.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from rowkeep.database.connection.own_settings import array
from rowkeep.database.connection.pipeline import GOOD, ConnectionLost, PipelineCommand
from rowkeep.database.connection.server_error import error_of_result
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import COMMIT, FIRE_DEFERRED, GuardOutcome
from rowkeep.database.queries import load_query
from rowkeep.domain.deploy.guard import CatalogChange, CatalogObject, GuardMode, ObjectPart, RowChanges
from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.event import Noted
from rowkeep.domain.frozen import replace
from rowkeep.domain.instruction import LossesRefused, ServerError
from rowkeep.domain.operation import Name
from rowkeep.domain.plan import Step
from rowkeep.plan.guard.accepted_losses import find_accepted_names
from rowkeep.plan.guard.catalog_losses import find_catalog_losses
from rowkeep.plan.guard.statement_effects import StatementEffects
from rowkeep.plan.losses import find_unaccepted
from rowkeep.report.text.visible import one_line

FIRST_USER_OID = 16384
LARGE_OBJECT_PAGES, LARGE_OBJECTS, SCHEMAS = 2613, 2995, 2615
RELATION_CATALOGS = (1247, 1249, 1259, 2611, 2618, 2620, 3256)
"""pg_type, pg_attribute, pg_class, pg_inherits, pg_rewrite, pg_trigger, pg_policy."""
PART_CATALOGS = {
    3501: ObjectPart.ENUM,
    1255: ObjectPart.FUNCTION,
    3079: ObjectPart.EXTENSION,
    2964: ObjectPart.SETTING,
    826: ObjectPart.DEFAULT_PRIVILEGES,
}
"""pg_enum, pg_proc, pg_extension, pg_db_role_setting, pg_default_acl. Their rows do not belong to a relation."""
ADDING = frozenset({2618, 2964, 3256})
"""Catalogs in which a new row can take something away, too: a rule, a setting, a policy."""
DEPENDENCIES = 2608
CATALOGS = (*RELATION_CATALOGS, *PART_CATALOGS, LARGE_OBJECT_PAGES, LARGE_OBJECTS, SCHEMAS, DEPENDENCIES)
"""All that `guard.state` reads; pg_depend among them. Who changed none of their rows sees in them what others see."""

COUNTING = 0
"""The number under which `guard.touched` says whether PostgreSQL counts rows at all."""
WRITES = (b"INSERT", b"UPDATE", b"DELETE", b"MERGE")

LOOK_BRIEFLY = b"SET LOCAL statement_timeout = '2s'"
"""How long we look whether a table or column is empty. Where that is not known, it counts as full."""

SEE_EVERY_ROW = b"SET LOCAL row_security = off"
"""An error, where policies hide rows from us: a table of which we see nothing is not empty."""

Counts = dict[int, RowChanges]


class TransactionGuard:
    """The guard of one attempt of one transaction."""

    def __init__(self, context: RunContext, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)
        self._context = context
        self._effects = StatementEffects(steps)
        self._counts: list[Counts] = []
        self._answers: dict[str, int] = {}
        self._sequences: list[dict[int, tuple[int, int]]] = []
        self._first_positions: dict[int, tuple[int, int]] = {}
        self._full: tuple[CatalogObject, ...] = ()
        self._empty: frozenset[tuple[int, int]] = frozenset()

    def first_commands(self) -> list[PipelineCommand]:
        """What is read right after BEGIN, under our own settings."""
        known = [*CATALOGS, *self._context.counted_tables]
        tables = None if self._context.counts_unknown else array(map(str, known)).encode()
        commands = [PipelineCommand(load_query("guard.row_counts"), (tables,), prepared=tables is not None)]
        if self._effects.may_move_sequences:
            commands.append(PipelineCommand(load_query("guard.sequence_positions")))
        if self._context.guard_alone:
            parts = array(part.value for part in PART_CATALOGS.values()).encode()
            commands.append(PipelineCommand(_state_command(), (None, parts)))
        return commands

    def last_commands(self) -> list[PipelineCommand]:
        """What is read when nothing but COMMIT is left to do."""
        catalogs = array(map(str, CATALOGS)).encode()
        # Also what our own records have deferred: after the comparison, nothing may change any more.
        commands = [FIRE_DEFERRED, PipelineCommand(load_query("guard.touched"), (catalogs,), prepared=True)]
        if self._effects.may_move_sequences:
            commands.append(PipelineCommand(load_query("guard.sequence_positions")))
        return commands

    def begin(self) -> None:
        """An attempt begins: look which tables and columns that statements remove hold nothing."""
        self._counts.clear()
        # Not the answers: the counters may still have the rows of an attempt that was rolled back.
        self._sequences.clear()
        targets = self._effects.find_targets()
        if targets and not self._context.session.own.foreign:
            with suppress(psycopg.Error):
                self._empty = self.find_empty(targets, self._context.policy.schemas)

    def find_empty(self, targets: list[tuple[Name, str | None]], schemas: Iterable[str]) -> frozenset[tuple[int, int]]:
        """Those that hold nothing: (oid, 0) of a table, (oid, number) of a column. Raises psycopg.Error.

        schemas: where names without one are.
        """
        session = self._context.session
        values = {
            "names": [table.name for table, _ in targets],
            "schemas": [table.schema for table, _ in targets],
            "columns": [column for _, column in targets],
            "path": list(schemas),
        }
        empty = set()
        for oid, number, schema, table, column in session.ask("guard.find_columns", values):
            query = sql.SQL("SELECT EXISTS (SELECT FROM {table})").format(table=sql.Identifier(schema, table))
            if column is not None:
                text = sql.SQL("SELECT EXISTS (SELECT FROM {table} AS row WHERE row.{column} IS DISTINCT FROM NULL)")
                query = text.format(table=sql.Identifier(schema, table), column=sql.Identifier(column))
            with suppress(psycopg.Error), session.connection.transaction():
                session.connection.execute(LOOK_BRIEFLY)
                session.connection.execute(SEE_EVERY_ROW)
                row = session.connection.execute(query).fetchone()
                if row is not None and not row[0]:
                    empty.add((oid, number))
        return frozenset(empty)

    def note_answer(self, command: PipelineCommand, result: PGresult | None) -> None:
        """Keep the answer, where `command` is one of ours."""
        if result is None:
            return
        if command.sql in (load_query("guard.row_counts"), load_query("guard.touched")):
            self._counts.append(parse_counts(result))
        elif command.sql == load_query("guard.sequence_positions"):
            rows = (_numbers(result, row) for row in range(result.ntuples))
            self._sequences.append({oid: (position, step) for oid, position, step in rows})
            # A rollback of an earlier attempt did not undo setval(): the first one knows what was before.
            self._first_positions = self._first_positions or self._sequences[0]
        elif command.sql == _state_command():
            texts = [[result.get_value(row, column) or b"" for column in range(5)] for row in range(result.ntuples)]
            self._full = read_objects(
                (part.decode(), int(oid), int(number), name.decode(), json.loads(facts))
                for part, oid, number, name, facts in texts
            )
        elif (result.command_status or b"").startswith(WRITES):
            text = command.sql.decode()
            self._answers[text] = self._answers.get(text, 0) + (result.command_tuples or 0)

    def finish(self) -> GuardOutcome:
        """Compare, and commit or roll back. Raises ConnectionLost."""
        context = self._context
        counting = self._counts[-1].pop(COUNTING, RowChanges())
        if not counting.inserted and context.plan.guard.mode is GuardMode.REFUSE:
            context.roll_back()
            why = "track_counts is off, so PostgreSQL does not count the rows that a migration deletes or overwrites"
            return GuardOutcome(error=ServerError(why, ours="the guard could not compare the rows"))
        try:
            losses = self._find_losses()
        except psycopg.Error as error:
            if context.session.connection.closed:
                raise ConnectionLost(str(error).strip(), certain=True) from None  # COMMIT was not sent
            context.roll_back()
            with suppress(psycopg.Error):
                self._put_sequences_back()
            return GuardOutcome(error=ServerError(str(error).strip(), ours="the guard could not compare the catalog"))
        if losses is None:
            context.roll_back()
            context.guard_alone = True
            return GuardOutcome(is_alone=True)
        named = find_accepted_names(self.steps)
        refused = find_unaccepted(losses, {*context.plan.guard.accepted, *named})
        if refused and context.plan.guard.mode is GuardMode.REFUSE:
            context.roll_back()
            try:
                self._put_sequences_back()
            except psycopg.Error as error:
                context.emit(Noted(f"a sequence could not be set back: {str(error).strip()}", warning=True))
            return GuardOutcome(LossesRefused(refused), ServerError(f"the guard refused: {refused[0].detail}"))
        answer = context.send([COMMIT])[-1]
        if answer.result is not None and answer.result.status not in GOOD:
            context.roll_back()
            return GuardOutcome(error=error_of_result(answer.result))
        context.guard_losses += losses
        if context.plan.guard.collect is not None:
            for loss in losses:
                context.plan.guard.collect(loss)
        if context.plan.guard.mode is GuardMode.WARN:
            for loss in refused:
                where = f"{loss.place}: " if loss.place else ""
                context.emit(Noted(f"{where}{loss.detail}; outside development the guard refuses this", warning=True))
        return GuardOutcome()

    def _find_losses(self) -> tuple[Loss, ...] | None:
        """What the transaction lost; None where what others see cannot be read. Raises psycopg.Error."""
        context = self._context
        before, after = self._counts
        none = RowChanges()
        changed = {oid: subtract_counts(counts, before.get(oid, none)) for oid, counts in after.items()}
        users = {oid for oid in changed if oid >= FIRST_USER_OID}
        if context.counts_unknown:
            context.counted_tables |= {oid for oid in before if oid >= FIRST_USER_OID and before[oid] != none}
            context.counts_unknown = False
        context.counted_tables |= {oid for oid in users if changed[oid] != none}
        rows = {oid: changed[oid] for oid in users if changed[oid] != none}
        taken = any(counts.updated or counts.deleted for counts in rows.values())
        sequences = self._find_moved_sequences()
        large, pages = changed.get(LARGE_OBJECTS, none), changed.get(LARGE_OBJECT_PAGES, none)
        parts = [part for oid, part in PART_CATALOGS.items() if _takes(oid, changed)]
        touched = any(_takes(oid, changed) for oid in RELATION_CATALOGS)
        touched = touched or _takes(SCHEMAS, changed)
        if not (taken or sequences or parts or touched or large.deleted or pages.updated or pages.deleted):
            return ()
        # A schema may have another name now: then every table in it has, and none of them is locked.
        oids = None if _takes(SCHEMAS, changed) else [*users, *sequences]
        values: dict[str, list[Any] | None] = {"oids": oids, "parts": [part.value for part in parts]}
        others = self._read_what_others_see(values)
        if others is None:
            return None
        unchanged = all(changed.get(oid, none) == none for oid in CATALOGS)
        own = others if unchanged else read_objects(context.session.ask("guard.state", values))
        others, own = self._without_history(others), self._without_history(own)
        counted = self._count_takers(others, own)
        change = CatalogChange(
            tuple(replace(item, facts={**item.facts, **counted.get(item.oid, {})}) for item in others),
            tuple(replace(item, facts={**item.facts, **counted.get(item.oid, {})}) for item in own),
            rows,
            sequences,
            large.deleted,
            pages.updated + pages.deleted,
            self._empty,
            self._find_positions(own),
            self._answers,
        )
        losses = find_catalog_losses(change, self._effects, context.new_tables)
        # What people are told to type must be one line, and is: a name with a line feed would end a comment.
        return tuple(
            replace(loss, name=one_line(loss.name), detail=one_line(loss.detail), inside=one_line(loss.inside))
            for loss in losses
        )

    def _find_positions(self, own: Iterable[CatalogObject]) -> dict[int, int]:
        """The positions of sequences: of old ones before, of new ones now. Raises psycopg.Error."""
        if not self._sequences:
            return {}
        found = {oid: position for oid, (position, _) in self._first_positions.items()}
        for item in own:
            if item.part is ObjectPart.RELATION and item.facts["kind"] == "S" and item.oid not in found:
                position, step = self._sequences[-1].get(item.oid, (0, 0))
                if not position and step and (following := self._read_next_number(item.oid)) is not None:
                    position = following - step
                if step:
                    found[item.oid] = position
        return found

    def _read_what_others_see(self, values: Mapping[str, Collection[Any] | None]) -> tuple[CatalogObject, ...] | None:
        if not self._context.guard_alone:
            rows = self._context.watch.read_catalog(values)
            return None if rows is None else read_objects(rows)
        touched, parts = values["oids"], set(values["parts"] or ())
        relations = {part.value for part in ObjectPart} - {part.value for part in PART_CATALOGS.values()}
        return tuple(
            item
            for item in self._full
            if item.part.value in parts or (item.part.value in relations if touched is None else item.oid in touched)
        )

    def _without_history(self, objects: Iterable[CatalogObject]) -> tuple[CatalogObject, ...]:
        """Without our own table."""
        history = self._context.plan.history
        ours = {item.oid for item in objects if item.name == f"{history.schema}.{history.table}"}
        return tuple(item for item in objects if item.oid not in ours)

    def _count_takers(
        self, before: Iterable[CatalogObject], after: Sequence[CatalogObject]
    ) -> dict[int, dict[str, str]]:
        """The rows of each renamed table, and of the relation that has its name now. Raises psycopg.Error.

        Also of each table that has a new file, where code ran that is not read: it may have truncated the table.
        """
        relations = {item.oid: item for item in after if item.part is ObjectPart.RELATION}
        by_name = {item.name: item for item in relations.values()}
        counted: dict[int, dict[str, str]] = {}
        for item in before:
            if item.part is not ObjectPart.RELATION or item.facts["kind"] not in ("r", "p"):
                continue
            now = relations.get(item.oid)
            rewritten = now is not None and item.facts["kind"] == "r" and now.facts["file"] != item.facts["file"]
            if now is not None and rewritten and self._effects.runs_code:
                count = self._count_rows(now)
                if count is not None:
                    counted[now.oid] = {"counted": str(count)}
            taker = by_name.get(item.name)
            if taker is None or taker.oid == item.oid or item.oid not in relations or taker.facts["kind"] == "S":
                continue
            for relation in (relations[item.oid], taker):
                count = self._count_rows(relation)
                if count is not None:
                    counted[relation.oid] = {"counted": str(count)}
        return counted

    def _count_rows(self, relation: CatalogObject) -> int | None:
        """The rows of a relation; None if this role may not read it."""
        schema, table = relation.facts["schema"], relation.facts["table"]
        query = sql.SQL("SELECT pg_catalog.count(*) FROM {table}").format(table=sql.Identifier(schema, table))
        try:
            with self._context.session.connection.transaction():
                self._context.session.connection.execute(SEE_EVERY_ROW)
                row = self._context.session.connection.execute(query).fetchone()
        except psycopg.Error:
            if self._context.session.connection.closed:
                raise
            return None
        return None if row is None else int(row[0])

    def _find_moved_sequences(self) -> dict[int, tuple[int, int]]:
        """The sequences that give numbers again: position before and after."""
        if len(self._sequences) != 2:
            return {}
        before, after = self._first_positions, self._sequences[-1]
        moved = {}
        for oid, (position, step) in after.items():
            old, old_step = before.get(oid, (position, step))
            if old and step != old_step:
                moved[oid] = (old, position)
            elif (position - old) * step < 0:
                if not position and (following := self._read_next_number(oid)) is not None:
                    position = following - step
                if (position - old) * step < 0:
                    moved[oid] = (old, position)
        return moved

    def _read_next_number(self, oid: int) -> int | None:
        """The number that a sequence gives next, after RESTART. Raises psycopg.Error."""
        rows = self._context.session.ask("guard.sequence_name", {"oid": oid})
        if not rows:
            return None
        query = sql.SQL("SELECT last_value FROM {}").format(sql.Identifier(*rows[0]))
        row = self._context.session.connection.execute(query).fetchone()
        return None if row is None else int(row[0])

    def _put_sequences_back(self) -> None:
        """A rollback does not undo setval()."""
        if not self._sequences:
            return
        context = self._context
        before = self._first_positions
        for oid, position, step in context.session.ask("guard.sequence_positions"):
            old = before.get(oid, (position, step))[0]
            if (position - old) * step < 0:
                context.session.ask("guard.set_sequence", {"oid": oid, "position": old})


def _state_command() -> bytes:
    """The query `guard.state` as a command."""
    return load_query("guard.state").replace(b"%(oids)s", b"$1").replace(b"%(parts)s", b"$2")


def _takes(oid: int, changed: Counts) -> bool:
    counts = changed.get(oid, RowChanges())
    return bool(counts.updated or counts.deleted or (counts.inserted and oid in ADDING))


def parse_counts(result: PGresult) -> Counts:
    """The answer to `guard.row_counts` or `guard.touched`."""
    rows = (_numbers(result, row) for row in range(result.ntuples))
    return {oid: RowChanges(*counts) for oid, *counts in rows}


def subtract_counts(after: RowChanges, before: RowChanges) -> RowChanges:
    return RowChanges(after.inserted - before.inserted, after.updated - before.updated, after.deleted - before.deleted)


def _numbers(result: PGresult, row: int) -> tuple[int, ...]:
    return tuple(int(result.get_value(row, column) or b"0") for column in range(result.nfields))


def read_objects(rows: Iterable[TupleRow]) -> tuple[CatalogObject, ...]:
    return tuple(
        CatalogObject(ObjectPart(part), oid, number, name, {key: str(value) for key, value in facts.items()})
        for part, oid, number, name, facts in rows
    )
