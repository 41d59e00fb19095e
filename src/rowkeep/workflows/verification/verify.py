"""Compare the structure of a database with what it should be, and look at states that no structure shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rowkeep import structure
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint, health
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.store import expected_structure
from rowkeep.domain.deploy.verification import SourceComparison, Verification
from rowkeep.domain.event import Emit
from rowkeep.domain.schema.structure import ExpectedStructure, Structure

if TYPE_CHECKING:
    from rowkeep.domain.deploy.smoke_query import SmokeQuery, SmokeResult
    from rowkeep.domain.migration import Migration
    from rowkeep.domain.plan import Survey


def verify_structure(
    settings: Settings,
    conninfo: str,
    emit: Emit,
    *,
    expected: ExpectedStructure | None = None,
    accept: str | None = None,
    always_read: bool = False,
    against: Sequence[str] = (),
    rights: bool | None = None,
    smoke: bool = True,
) -> Verification:
    """Compare the present structure with `expected` (default: what the last deploy recorded in the database).

    accept: a reason to record the present structure as the expected one; nothing is compared then. always_read: read
    the structure even where there is nothing to compare it with; that takes time where there are many tables.
    against: compare with these sources instead (`choose_source` says which words there are); rights: with owners and
    grants or without, None: as far as the source says something about them. smoke: run the smoke queries, too.
    """
    with connect(conninfo, application="rowkeep verify") as session:
        queries = _read_queries(session, settings, emit) if smoke and accept is None else ()
        if not against:
            expected = expected or expected_structure.load_expected(session)
        read = expected is not None or always_read or accept is not None or bool(against)
        present = fingerprint.read_structure(session) if read else None
        concerns = health.find_health_concerns(session)
        differences = (
            structure.compare_structures(expected.structure, present)
            if expected is not None and present is not None and accept is None
            else ()
        )
        comparisons: tuple[SourceComparison, ...] = ()
        if present is not None and against:
            comparisons = _compare_with_sources(session, present, settings, conninfo, against, rights, emit)
        if accept is not None and present is not None:
            expected_structure.save_expected(session, present, f"accepted: {accept}")
        results: tuple[SmokeResult, ...] = ()
        if queries:
            from rowkeep.workflows.verification.smoke_queries import run_smoke_stage

            results = run_smoke_stage(conninfo, queries, settings, emit, where=f"in {session.connection.info.dbname}")
    return Verification(expected, present, tuple(differences), tuple(concerns), comparisons, results)


def _compare_with_sources(
    session: Session,
    present: Structure,
    settings: Settings,
    conninfo: str,
    words: Sequence[str],
    rights: bool | None,
    emit: Emit,
) -> tuple[SourceComparison, ...]:
    from rowkeep.database.catalog.read_server_model import read_server_model
    from rowkeep.structure.from_source import compare_with_source
    from rowkeep.workflows.verification.choose_source import choose_source
    from rowkeep.workflows.verification.structure_sources import open_sources

    applied = frozenset[str]()
    if "migrations" in words:
        applied = frozenset(standing.name for standing in _read_survey(session, settings).applied)
    chosen = [choose_source(word, settings, applied) for word in words]
    model = read_server_model(session)
    history = settings.history_schema, settings.history_table
    with open_sources(settings, conninfo, model, emit) as sources:
        found = [sources.read(source) for source in chosen]
    return tuple(
        SourceComparison(sourced, compare_with_source(sourced, present, history=history, rights=rights))
        for sourced in found
    )


def _read_queries(session: Session, settings: Settings, emit: Emit) -> tuple[SmokeQuery, ...]:
    """The smoke queries of `verify/`, and those of the newest applied migration."""
    from rowkeep.workflows.verification.smoke_queries import has_section, read_smoke_queries

    newest: list[Migration] = []
    if has_section(settings):
        applied = [standing.migration for standing in _read_survey(session, settings).applied]
        newest = [migration for migration in applied[-1:] if migration is not None]
    return read_smoke_queries(settings, newest, emit)


def _read_survey(session: Session, settings: Settings) -> Survey:
    from rowkeep.workflows.migrate import read_survey

    return read_survey(session, settings)
