"""What somebody changed by hand in a database, and the migration that adopts or undoes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rowkeep.config import Settings
from rowkeep.database.catalog.read_server_model import read_server_model
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection.session import connect
from rowkeep.database.store import expected_structure
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.structure_change import DriftReport
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.history.state import State
from rowkeep.domain.schema.structure import ExpectedStructure
from rowkeep.domain.schema.structure_source import (
    DatabaseSource,
    MigrationsSource,
    SchemaFileSource,
    ScratchStructure,
    SourcedStructure,
)
from rowkeep.errors import Misused, Refused
from rowkeep.structure.from_source import compare_with_source
from rowkeep.structure.sql import SERVER_KINDS
from rowkeep.workflows.drift.structure_side import CompareRules, StructureSide, make_recorded_side, read_side
from rowkeep.workflows.drift.write_change import ChangeRequest, write_change
from rowkeep.workflows.verification.structure_sources import StructureSources, open_sources

LEDGER, MIGRATIONS = "ledger", "migrations"
QUARTER = timedelta(minutes=15)
"""Every time zone is a multiple of it away from UTC."""


@dataclass(frozen=True, slots=True)
class DriftRequest:
    """against: `ledger`, `migrations` or a schema file; None: what knows the newest state. adopt, undo: the words of
    the name of the migration to write. allow_drops: write drops of what may hold rows or values.
    """

    against: str | None = None
    adopt: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    allow_drops: bool = False


def find_drift(settings: Settings, conninfo: str, request: DriftRequest, emit: Emit) -> DriftReport:
    """Compare the database with what it should be; write the migration that was asked for.

    The database is only read. Raises Refused where no migration can be proven, Misused where there is nothing to
    compare with, and what reading the sources raises.
    """
    if request.adopt and request.undo:
        raise Misused("--adopt and --undo exclude each other", code=ErrorCode.INVALID_USAGE)
    with connect(conninfo, application="rowkeep drift") as session:
        model = read_server_model(session)
        database = session.connection.info.dbname
        recorded = expected_structure.load_expected(session)
        state = read_state(session, settings)
    applied = state.names
    source = request.against or _choose_source(recorded, _newest_change(state))
    with open_sources(settings, conninfo, model, emit) as sources:
        live = sources.read(DatabaseSource(conninfo, database))
        history = settings.history_schema, settings.history_table
        built = None if source == LEDGER else _build_expected(sources, source, applied)
        expected = _read_expected(recorded) if built is None else built.sourced
        differences = compare_with_source(expected, live.structure, history=history)
        differences = tuple(difference for difference in differences if difference.kind != "column order")
        server = tuple(difference for difference in differences if difference.kind in SERVER_KINDS)
        own = tuple(difference for difference in differences if difference.kind not in SERVER_KINDS)
        report = DriftReport(database, expected.name, expected.at, own, server, expected.notes)
        if not own or not (request.adopt or request.undo):
            return report
        rules = CompareRules(expected.owners, expected.grants, history)
        live_side = read_side(sources.build(DatabaseSource(conninfo, database)), rules)
        expected_side = (
            make_recorded_side(live_side, expected.structure, expected.name, rules, settings)
            if built is None
            else read_side(built, rules)
        )
        old, new, change = _direct(request, expected_side, live_side, report)
        change = replace(change, superuser=source in (LEDGER, MIGRATIONS))
        written = write_change(old, new, change, rules, settings, emit)
    if written is None:
        raise Refused(
            "a migration cannot make the differences go",
            code=ErrorCode.CHANGE_NOT_PROVEN,
            why=[f"{difference.kind} {difference.identity}" for difference in own],
        )
    return replace(report, written=written)


def _newest_change(state: State) -> str:
    """When the last migration was applied, in UTC to the second; '' where none is.

    The history has the server's local time: its distance from UTC is that of the server's clock now.
    """
    if not state.rows:
        return ""
    quarters = round((state.now.replace(tzinfo=None) - datetime.now(UTC).replace(tzinfo=None)) / QUARTER)
    newest = max(row.run_on for row in state.rows)
    return (newest - quarters * QUARTER).replace(microsecond=0).isoformat()


def _choose_source(recorded: ExpectedStructure | None, newest: str) -> str:
    """What the ledger recorded, unless a migration was applied after that without a deploy."""
    return LEDGER if recorded is not None and recorded.at[:19] >= newest[:19] else MIGRATIONS


def _read_expected(recorded: ExpectedStructure | None) -> SourcedStructure:
    """What the ledger recorded. Raises Misused where it has nothing."""
    if recorded is None:
        raise Misused(
            "no deploy has recorded a structure in this database, or the role may not read it",
            code=ErrorCode.STRUCTURE_SOURCE_MISSING,
            instead=("rowkeep drift --against migrations", "rowkeep verify --accept REASON"),
        )
    return SourcedStructure(recorded.structure, recorded.source, recorded.at, whole=True)


def _build_expected(sources: StructureSources, source: str, applied: frozenset[str]) -> ScratchStructure:
    """What the migrations or a file make, in a scratch database."""
    if source != MIGRATIONS:
        return sources.build(SchemaFileSource(source))
    if not applied:
        raise Misused(
            "there is nothing to compare with: no migration is applied, and no deploy has recorded a structure",
            code=ErrorCode.STRUCTURE_SOURCE_MISSING,
            instead=("rowkeep drift --against schema.sql", "rowkeep verify --accept REASON"),
        )
    return sources.build(MigrationsSource(applied))


def _direct(
    request: DriftRequest, expected: StructureSide, live: StructureSide, report: DriftReport
) -> tuple[StructureSide, StructureSide, ChangeRequest]:
    count = count_text(len(report.differences), "difference")
    if request.adopt:
        header = (
            f"Adopts what was changed by hand: {count} from {report.source}.",
            "Written by `rowkeep drift --adopt`. A database that has the change already needs no part of this.",
        )
        return expected, live, ChangeRequest(request.adopt, header, request.allow_drops, repeatable=True)
    header = (f"Undoes what was changed by hand: {count} from {report.source}.", "Written by `rowkeep drift --undo`.")
    # It stands in the history of databases that never had the change, too.
    return live, expected, ChangeRequest(request.undo, header, request.allow_drops, repeatable=True)
