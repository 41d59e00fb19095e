"""Builds the evidence of a statement from what was observed before and after it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from rowkeep.database.witness import observation
from rowkeep.database.witness.observation import StatementSnapshot, WitnessSchema
from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.witness import LostObject, StatementEvidence, WitnessScript
from rowkeep.domain.statement import Statement

RECREATED = frozenset({"view", "function"})
"""Objects without data of their own: dropped and created again in one migration, they are not lost."""


def build_evidence(
    script: WitnessScript,
    statement: Statement,
    old: WitnessSchema,
    before: StatementSnapshot,
    now: StatementSnapshot,
    notices: list[str],
) -> StatementEvidence:
    """What the statement did. old: the schema before the migration; before, now: around the statement."""
    messages = observation.parse_messages(notices)
    tables = now.of(old, *observation.TABLES)
    named = {
        what: tuple(sorted(relation.name for relation in tables.values() if relation.bare in names))
        for what, names in messages.items()
    }
    stored = {
        oid: relation
        for oid, relation in tables.items()
        if relation.kind in observation.STORED and oid not in now.missing
    }
    moved = {
        oid: relation
        for oid, relation in stored.items()
        if now.files.get(oid) != before.files.get(oid, relation.filenode)
    }
    emptied = tuple(
        LostObject("rows", relation.name)
        for relation in moved.values()
        if relation.kind == "r" and relation.bare not in messages["rewriting"]
    )
    read = {relation.name for oid, relation in stored.items() if now.scans.get(oid, 0) != before.scans.get(oid, 0)}
    # TRUNCATE empties a table with new storage in place, and leaves no trace.
    new_storage = any(
        before.files.get(oid, relation.filenode) != relation.filenode for oid, relation in stored.items()
    )
    locks = observation.find_locks(old, before, now)
    # The message about a foreign key names no table, and a table that was just created is not scanned: the counters of
    # scans decide. A partitioned table has no counters of its own.
    claimed = {*named["verifying"], *observation.find_validated_tables(notices, locks)}
    return StatementEvidence(
        script.migration,
        statement.source.path,
        statement.span,
        locks,
        tuple(sorted({*named["rewriting"], *(relation.name for relation in moved.values())})),
        tuple(sorted(claimed & (read | {relation.name for oid, relation in tables.items() if oid not in stored}))),
        tuple(sorted(read)),
        named["building"],
        (*observation.find_lost_objects(old, before, now), *emptied),
        touched=observation.is_touched(old, before, now),
        reads=observation.has_read(now),
        skipped=any(observation.SKIPPED in notice for notice in notices),
        deaf=now.hears != observation.DEBUG or new_storage,
        divided=observation.has_partitions(old, now),
        beside=any(oid not in old.relations for oid in now.tables),
    )


def no_evidence(script: WitnessScript, statement: Statement) -> StatementEvidence:
    """The evidence of a statement outside a transaction: its locks are gone when we look, so only that it ran."""
    return StatementEvidence(script.migration, statement.source.path, statement.span, deaf=True)


def next_snapshot(before: StatementSnapshot, now: StatementSnapshot) -> StatementSnapshot:
    """The snapshot before the next statement. Locks stay until the end, unless a savepoint is rolled back."""
    now.scans = {**before.scans, **now.scans}
    now.missing |= before.missing
    now.objects |= before.objects
    return now


def without_recreated(evidence: StatementEvidence, existing: AbstractSet[str]) -> StatementEvidence:
    """Leave out what was dropped and exists again at the end of the migration. existing: names of objects."""
    gone = tuple(lost for lost in evidence.gone if lost.kind not in RECREATED or lost.name not in existing)
    return evidence if gone == evidence.gone else replace(evidence, gone=gone)
