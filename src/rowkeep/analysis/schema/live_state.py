"""Live facts become a schema state, as if migrations before the first pending one had created these objects."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.schema.live_facts import LiveFacts, LiveTable
from rowkeep.domain.schema.schema_state import LIVE, KnownTable, KnownView, SchemaState
from rowkeep.domain.source import Source, Span

Read = Callable[[Context, Section], None]
"""Tracks what a section changes, without reporting findings in it."""


def state_from_live_facts(live: LiveFacts, read: Read) -> SchemaState:
    """The schema state, with everything that the database holds of what was queried."""
    known = SchemaState(search_path=live.path, home=live.path)
    for function in live.functions:
        _read(known, read, function.section)
    relations = (*live.definitions, *(index.definition for index in live.indexes))
    triggers = tuple(trigger.definition for trigger in live.triggers)
    for definitions in (relations, triggers):
        if definitions:
            _read(known, read, _section_of(live.database, ";\n".join(definitions)))
    for table in live.tables:
        known.tables[table.key] = _table(known.tables.get(table.key, KnownTable(table.key)), table)
    for view in live.views:
        known.views[view.key] = KnownView(
            view.key, view.reads, LIVE, view.columns, view.needs, is_materialized=view.is_materialized
        )
    for index in live.indexes:
        if index.key in known.indexes:
            known.indexes[index.key] = replace(known.indexes[index.key], is_valid=index.is_valid)
    for trigger in live.triggers:
        if not trigger.fires:
            known.trigger_events[trigger.table, trigger.name] = ()
    known.held.clear()
    known.made.clear()
    known.absent = {*live.absent}
    known.is_exact = live.is_whole
    return known


def _section_of(path: str, text: str) -> Section:
    """A text of the server as if it stood in a file."""
    return Section(Source(path, text), Span(0, len(text)))


def _read(known: SchemaState, read: Read, section: Section) -> None:
    migration = Migration("", section.source.path, Language.SQL, "", section)
    read(Context(migration, Direction.UP, known, major=0, number=LIVE), section)


def _table(known: KnownTable, live: LiveTable) -> KnownTable:
    return replace(
        known,
        made=LIVE if live.is_whole else None,
        is_certain=live.is_whole,
        is_complete=live.is_whole,
        is_partitioned=live.kind == "p",
        is_foreign=live.kind == "f",
        partition_by=None,
        persistence=None,
        has_default=live.has_default,
        is_default=live.is_default,
        has_row_security=live.has_row_security,
        partition_of=live.partition_of,
        live=live,
    )
