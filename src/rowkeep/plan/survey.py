"""Migrations + state of the database -> the status of each: applied, pending, edited, missing, late."""

from __future__ import annotations

from hashlib import sha256

from rowkeep.domain.history.ledger import Checkpoint, Checksum, HistoryRow, LedgerText
from rowkeep.domain.history.state import State
from rowkeep.domain.migration import Direction, Directory, Language, Migration
from rowkeep.domain.plan import EditState, MigrationState, MigrationStatus, Survey


def make_survey(directory: Directory, state: State) -> Survey:
    """Every migration of the directory in order, and every missing one after its predecessor in history."""
    rows = {row.name: row for row in state.rows}
    last_applied = max((n for n, item in enumerate(directory.migrations) if item.name in rows), default=-1)
    overtaken = _find_overtaken(directory, state)
    standings: list[MigrationStatus] = []
    for number, migration in enumerate(directory.migrations):
        row = rows.get(migration.name)
        marks = _checkpoints_of(state, migration.name, Direction.UP if row is None else Direction.DOWN)
        if row is None:
            stand = MigrationState.UNFINISHED if marks else MigrationState.PENDING
            standings.append(
                MigrationStatus(migration.name, stand, migration, late=number < last_applied, checkpoints=marks)
            )
            continue
        record = state.records.get(row.id)
        misplaced = migration.name in overtaken
        edit = _edit_state(migration, record)
        standings.append(
            MigrationStatus(
                migration.name,
                MigrationState.APPLIED,
                migration,
                row,
                record,
                edit,
                misplaced=misplaced,
                checkpoints=marks,
            )
        )
    return Survey(directory, state, _insert_missing(standings, state))


def _find_overtaken(directory: Directory, state: State) -> frozenset[str]:
    """The names of migrations that were applied after one that comes later in the directory."""
    turns = {migration.name: turn for turn, migration in enumerate(directory.migrations)}
    late: set[str] = set()
    highest = -1
    for row in state.rows:
        turn = turns.get(row.name)
        if turn is None:
            continue
        if turn < highest:
            late.add(row.name)
        highest = max(highest, turn)
    return frozenset(late)


def raw_checksum(text: str) -> str:
    """SHA-256 (hex) of the text, byte for byte."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def section_checksum(text: str, language: Language = Language.SQL) -> Checksum:
    """Both checksums of a section's text. What is neither SQL nor Python has no tokens: its bytes are all."""
    from rowkeep.parse import token_checksum
    from rowkeep.parse.python.checksum import python_checksum

    if language is Language.FOREIGN:
        return Checksum(raw_checksum(text), "")
    return Checksum(raw_checksum(text), token_checksum(text) if language is Language.SQL else python_checksum(text))


def _edit_state(migration: Migration, record: LedgerText | None) -> EditState:
    if record is None or not record.checksum.raw or migration.language is Language.FOREIGN:
        return EditState.UNKNOWN
    if raw_checksum(migration.up.text) == record.checksum.raw:
        return EditState.SAME
    same_tokens = section_checksum(migration.up.text, migration.language).token == record.checksum.token
    return EditState.COMMENT if same_tokens else EditState.CHANGED


def _checkpoints_of(state: State, name: str, direction: Direction) -> tuple[Checkpoint, ...]:
    return tuple(mark for mark in state.checkpoints if mark.migration == name and mark.direction == direction.value)


def _insert_missing(standings: list[MigrationStatus], state: State) -> tuple[MigrationStatus, ...]:
    known = {standing.name for standing in standings}
    missing: dict[int | None, list[HistoryRow]] = {}
    before: int | None = None
    for row in state.rows:
        if row.name in known:
            before = row.id
        else:
            missing.setdefault(before, []).append(row)
    if not missing:
        return tuple(standings)
    woven = [_missing_status(row, state) for row in missing.get(None, ())]
    for standing in standings:
        woven.append(standing)
        if standing.row is not None:
            woven.extend(_missing_status(row, state) for row in missing.get(standing.row.id, ()))
    return tuple(woven)


def _missing_status(row: HistoryRow, state: State) -> MigrationStatus:
    return MigrationStatus(row.name, MigrationState.MISSING, row=row, record=state.records.get(row.id))
