"""What a server has told becomes what the judge knows, as if migrations before the first pending one had said it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowkeep.analysis.mentioned_names import section_of_text
from rowkeep.domain.lint.context import Context
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.schema.live_facts import LiveFacts, LiveTable
from rowkeep.domain.schema.schema_state import LIVE, KnownTable, KnownView, SchemaState

Read = Callable[[Context, Section], None]
"""Goes through a section and remembers what it tells, without judging it."""


def state_from_live_facts(live: LiveFacts, read: Read) -> SchemaState:
    """Known, with everything that the database holds of what was asked."""
    known = SchemaState(search_path=live.path, home=live.path)
    for function in live.functions:
        _tell(known, read, function.signature, function.definition)
    _tell(known, read, live.database, ";\n".join((*live.definitions, *(each.definition for each in live.indexes))))
    _tell(known, read, live.database, ";\n".join(each.definition for each in live.triggers))
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


def _tell(known: SchemaState, read: Read, path: str, text: str) -> None:
    section = section_of_text(path, text)
    migration = Migration("", path, Language.SQL, "", section)
    read(Context(migration, Direction.UP, known, major=0, number=LIVE), section)


def _table(told: KnownTable, live: LiveTable) -> KnownTable:
    return replace(
        told,
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
