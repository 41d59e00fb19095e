"""The connection string of a command's database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.credentials import guard
from rowkeep.workflows.choose_database import ENOUGH, choose_database

__all__ = ["ENOUGH", "connection_string"]


@contextmanager
def connection_string(context: CommandContext) -> Iterator[str]:
    """A connection string for the configured database, as `choose_database` finds it.

    In the block, `context.settings` holds what is true of this database.
    """
    guard(context.settings)
    with choose_database(context.settings, os.environ, context.emit) as chosen:
        context.settings = chosen.settings
        yield chosen.conninfo
