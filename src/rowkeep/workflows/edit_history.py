"""`accept`, `mark` and `baseline`: read, look, settle, write down, under the run lock from the look to the end."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection import run_lock
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.connection.session_policy import apply_session_policy, hold_run_lock, session_policy
from rowkeep.database.store import foreign_history
from rowkeep.database.store.history_edits import write_history_edit
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.history.history_edit import HistoryAction, HistoryEdit, HistoryRequest
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.migration import Directory
from rowkeep.plan import imported
from rowkeep.plan.history_edit import plan_history_edit as decide
from rowkeep.plan.survey import make_survey


def edit_history(
    settings: Settings, conninfo: str, request: HistoryRequest, run_metadata: Callable[[], RunMetadata], emit: Emit
) -> HistoryEdit:
    """Settle what `wish` names. Nothing of any migration is run.

    Raises Refused, Misused, Busy, Failed, Unreachable, with nothing changed.
    """
    return _finish_edit(settings, conninfo, lambda session, directory: request, run_metadata, emit)


def adopt_imported_history(
    settings: Settings, conninfo: str, table: str | None, run_metadata: Callable[[], RunMetadata], emit: Emit
) -> HistoryEdit:
    """What the history of another tool holds counts as applied, for the files that were imported from it.

    table: that history, where it is not called as the tool calls it. Raises as `settle`.
    """

    def request(session: Session, directory: Directory) -> HistoryRequest:
        tool = imported.find_tool(directory)
        found = foreign_history.find_foreign_history(session, tool, table)
        names = imported.find_applied(
            directory, foreign_history.read_foreign_history(session, tool, found), ".".join(found)
        )
        return HistoryRequest(HistoryAction.APPLIED, names, f"applied by {tool} ({'.'.join(found)})")

    return _finish_edit(settings, conninfo, request, run_metadata, emit)


def _finish_edit(
    settings: Settings,
    conninfo: str,
    wished: Callable[[Session, Directory], HistoryRequest],
    run_metadata: Callable[[], RunMetadata],
    emit: Emit,
) -> HistoryEdit:
    rules, directory = session_policy(settings), files.read(settings)
    with connect(conninfo) as session:
        apply_session_policy(session, rules)
        with hold_run_lock(session, rules, emit) as ended:
            edit = decide(make_survey(directory, read_state(session, settings)), wished(session, directory))
            for warning in edit.warnings:
                emit(Noted(warning, warning=True))
            if not edit.idle:
                write_history_edit(session, edit, run_lock.with_ended_orphans(run_metadata(), ended))
            return edit
