"""What `accept`, `mark` and `baseline` have in common: their options, and how they run and answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli import run_options
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.domain.history.history_edit import HistoryAction, HistoryEdit
    from rowkeep.domain.history.ledger import RunMetadata

BECAUSE = click.option("--because", metavar="REASON", required=True, help="Why; kept in the ledger.")


def run_lock_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options about the run lock."""
    return run_options.override_settings(*run_options.RUN_LOCK_SETTINGS)(function)


def adopt_imported_history(context: CommandContext, table: str | None) -> int:
    """Take over the history of the tool that the files were imported from, and answer."""
    from rowkeep.workflows import edit_history as workflow

    return _run_and_answer(
        context,
        lambda settings, conninfo, metadata: workflow.adopt_imported_history(
            settings, conninfo, table, metadata, context.emit
        ),
    )


def edit_history(context: CommandContext, action: HistoryAction, names: tuple[str, ...], because: str) -> int:
    """Edit the history, and answer."""
    from rowkeep.domain.history.history_edit import HistoryRequest
    from rowkeep.workflows import edit_history as workflow

    request = HistoryRequest(action, names, because)
    return _run_and_answer(
        context,
        lambda settings, conninfo, metadata: workflow.edit_history(
            settings, conninfo, request, metadata, context.emit
        ),
    )


def _run_and_answer(
    context: CommandContext, edit: Callable[[Settings, str, Callable[[], RunMetadata]], HistoryEdit]
) -> int:
    from rowkeep.files.run_metadata import collect_run_metadata
    from rowkeep.report.history_edit import format_history_edit, serialize_history_edit

    with connection_string(context) as conninfo:
        settings = context.settings
        result = edit(settings, conninfo, lambda: collect_run_metadata(context.command, settings, os.environ))
    context.answer(format_history_edit(result), **serialize_history_edit(result))
    return 0
