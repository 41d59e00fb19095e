"""`accept`, `mark` and `baseline`: survey, decide and record, all under the run lock. No migration is run."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.database.store import foreign_history
from rowkeep.database.store.history_edits import write_history_edit
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.history.history_edit import HistoryAction, HistoryEdit, HistoryRequest
from rowkeep.domain.migration import Directory
from rowkeep.plan import imported
from rowkeep.plan.history_edit import plan_history_edit
from rowkeep.workflows.open_run import CollectRunMetadata, open_run


def edit_history(
    settings: Settings,
    conninfo: str,
    request: HistoryRequest,
    collect_run_metadata: CollectRunMetadata,
    emit: Emit,
) -> HistoryEdit:
    """Change history and ledger as `request` asks. No migration is run.

    Raises Refused, Misused, Busy, Failed, Unreachable, with nothing changed.
    """
    return _edit(settings, conninfo, lambda session, directory: request, collect_run_metadata, emit)


def adopt_imported_history(
    settings: Settings, conninfo: str, table: str | None, collect_run_metadata: CollectRunMetadata, emit: Emit
) -> HistoryEdit:
    """Record as applied what the history of another tool holds, for the files that were imported from it.

    table: the table of that history, where it does not have the tool's usual name. Raises as `edit_history`.
    """

    def make_request(session: Session, directory: Directory) -> HistoryRequest:
        tool = imported.find_tool(directory)
        path = foreign_history.find_foreign_history(session, tool, table)
        entries = foreign_history.read_foreign_history(session, tool, path)
        names = imported.find_applied(directory, entries, ".".join(path))
        return HistoryRequest(HistoryAction.APPLIED, names, f"applied by {tool} ({'.'.join(path)})")

    return _edit(settings, conninfo, make_request, collect_run_metadata, emit)


def _edit(
    settings: Settings,
    conninfo: str,
    make_request: Callable[[Session, Directory], HistoryRequest],
    collect_run_metadata: CollectRunMetadata,
    emit: Emit,
) -> HistoryEdit:
    directory = files.read(settings)
    with open_run(settings, conninfo, emit, directory=directory, collect_run_metadata=collect_run_metadata) as run:
        edit = plan_history_edit(run.survey, make_request(run.session, directory))
        for warning in edit.warnings:
            emit(Noted(warning, warning=True))
        if not edit.idle:
            write_history_edit(run.session, edit, run.metadata)
        return edit
