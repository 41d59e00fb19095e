"""`create --to`: the migration that leads from the migrations to the wanted structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.config import Settings
from rowkeep.config.libpq import mask_secrets
from rowkeep.database.catalog.read_server_model import read_server_model
from rowkeep.database.connection.session import connect
from rowkeep.domain.deploy.structure_change import WrittenMigration
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.server_model import ServerModel
from rowkeep.domain.schema.structure_source import DatabaseSource, MigrationsSource, SchemaFileSource
from rowkeep.errors import Misused
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.workflows.drift.structure_side import CompareRules, read_side
from rowkeep.workflows.drift.write_change import ChangeRequest, write_change
from rowkeep.workflows.lint_selections import lint_options
from rowkeep.workflows.verification.structure_sources import StructureSources, open_sources


@dataclass(frozen=True, slots=True)
class WantedStructure:
    """words: of the migration's name. to: a file of SQL, or a connection string. renames: `old=new`, as
    `schema.table` or `schema.table.column`. major: of the server, where `to` is a file.
    """

    words: tuple[str, ...]
    to: str
    renames: tuple[str, ...] = ()
    allow_drops: bool = False
    major: int | None = None


def is_address(to: str) -> bool:
    """Whether this is a connection string, and not the path of a file."""
    return "://" in to or re.match(r"\s*\w+\s*=", to) is not None


def create_from_structure(settings: Settings, wanted: WantedStructure, emit: Emit) -> WrittenMigration | None:
    """Write the migration that leads from all migrations to the wanted structure; None where they lead there already.

    No database is changed. Raises as `write_change`, and as the sources do.
    """
    renames = tuple(read_rename(text) for text in wanted.renames)
    history = settings.history_schema, settings.history_table
    with _open_sources(settings, wanted, emit) as sources:
        name = mask_secrets(wanted.to)
        target = sources.build(
            DatabaseSource(wanted.to, name) if is_address(wanted.to) else SchemaFileSource(wanted.to)
        )
        start = sources.build(MigrationsSource(None))
        rules = CompareRules(
            start.sourced.owners and target.sourced.owners, start.sourced.grants and target.sourced.grants, history
        )
        header = (
            "Leads from the migrations before it to the wanted structure.",
            "Written by `rowkeep create --to`, and run up and down on a throw-away server without rows.",
        )
        request = ChangeRequest(wanted.words, header, wanted.allow_drops, renames=renames)
        return write_change(read_side(start, rules), read_side(target, rules), request, rules, settings, emit)


@contextmanager
def _open_sources(settings: Settings, wanted: WantedStructure, emit: Emit) -> Iterator[StructureSources]:
    if is_address(wanted.to):
        with connect(wanted.to, application="rowkeep create") as session:
            model = read_server_model(session)
    else:
        model = ServerModel(wanted.major or lint_options(settings).major)
    with open_sources(settings, wanted.to, model, emit) as sources:
        yield sources


def read_rename(text: str) -> tuple[str, str]:
    """`shop.users.mail=email` as SQL: the rename, and the one that takes it back. Raises Misused."""
    old, equals, new = text.partition("=")
    parts, name = [part.strip() for part in old.split(".")], new.strip().rpartition(".")[2]
    if not equals or len(parts) not in (2, 3) or not all((*parts, name)):
        raise Misused(
            f"--rename {text}: it should be SCHEMA.TABLE=NAME or SCHEMA.TABLE.COLUMN=NAME",
            code=ErrorCode.INVALID_USAGE,
        )
    table = f"{quote_name(parts[0])}.{quote_name(parts[1])}"
    if len(parts) == 2:
        renamed = f"{quote_name(parts[0])}.{quote_name(name)}"
        return _rename_table(table, name), _rename_table(renamed, parts[1])
    return _rename_column(table, parts[2], name), _rename_column(table, name, parts[2])


def _rename_table(table: str, new: str) -> str:
    return f"ALTER TABLE {table} RENAME TO {quote_name(new)}"


def _rename_column(table: str, old: str, new: str) -> str:
    return f"ALTER TABLE {table} RENAME COLUMN {quote_name(old)} TO {quote_name(new)}"
