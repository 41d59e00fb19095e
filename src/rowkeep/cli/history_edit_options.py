"""What `accept`, `mark` and `baseline` have in common: how they are carried out, and how they end."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli import run_options
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.context import CommandContext

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.domain.history.history_edit import HistoryAction, HistoryEdit
    from rowkeep.domain.history.ledger import RunMetadata

BECAUSE = click.option("--because", metavar="REASON", required=True, help="Why; kept in the ledger.")
WAIT = click.option(
    "--wait", "wait_s", callback=run_options.parse_seconds, metavar="TIME", help="Wait for another run to end."
)


def run_lock_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of how to come by the run lock."""
    return WAIT(run_options.END_ORPHAN(function))


def adopt_imported_history(context: CommandContext, table: str | None, wait_s: float | None) -> int:
    """Take the old tool's history over, and answer."""
    from rowkeep.workflows.edit_history import adopt_imported_history as walk

    return _show_result(
        context, wait_s, lambda settings, conninfo, who: walk(settings, conninfo, table, who, context.emit)
    )


def edit_history(
    context: CommandContext, matter: HistoryAction, names: tuple[str, ...], because: str, wait_s: float | None
) -> int:
    """Settle it, and answer."""
    from rowkeep.domain.history.history_edit import HistoryRequest
    from rowkeep.workflows.edit_history import edit_history as walk

    request = HistoryRequest(matter, names, because)
    return _show_result(
        context, wait_s, lambda settings, conninfo, who: walk(settings, conninfo, request, who, context.emit)
    )


def _show_result(
    context: CommandContext,
    wait_s: float | None,
    walk: Callable[[Settings, str, Callable[[], RunMetadata]], HistoryEdit],
) -> int:
    from rowkeep.files.run_metadata import collect_run_metadata
    from rowkeep.report.history_edit import format_settlement, serialize_settlement

    settings = run_options.with_patience(context.settings, wait_s, None)
    with connection_string(context) as conninfo:
        edit = walk(settings, conninfo, lambda: collect_run_metadata(context.command, settings, os.environ))
    context.answer(format_settlement(edit), **serialize_settlement(edit))
    return 0
