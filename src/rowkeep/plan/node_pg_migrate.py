"""Migrations that are neither SQL nor Python: refused, or handed to the project's own node-pg-migrate."""

from __future__ import annotations

import re

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Direction, Migration
from rowkeep.domain.plan import Step, TransactionMode
from rowkeep.errors import Refused

OPTION = "--with-node-pg-migrate"
WHY = "the project's own node-pg-migrate runs it; what it does is not known before"

_NUMBER = compile_later(r"[0-9.eExX+-]+|0[box][0-9a-f]*", re.IGNORECASE)
"""What node-pg-migrate may take for a count of migrations, and not for the name of one."""
_APART = compile_later(r"noTransaction")


def refuse_javascript(migration: Migration, direction: Direction) -> Refused:
    """The refusal where nobody asked to run it by node-pg-migrate."""
    word = direction.value
    return Refused(
        f"{migration.name} is not SQL, and Rowkeep does not run it",
        code=ErrorCode.JAVASCRIPT_MIGRATION,
        where=migration.path,
        why="JavaScript and TypeScript migrations need the project's own node-pg-migrate",
        instead=(
            f"rowkeep {word} {OPTION}   (runs it by node-pg-migrate, in its place in the order)",
            f"npx node-pg-migrate {word} {migration.name} --no-check-order",
            "rowkeep status",
        ),
    )


def node_pg_migrate_step(migration: Migration, direction: Direction) -> Step:
    """The step in which node-pg-migrate runs `migration`. Raises Refused where its name cannot be passed on."""
    for remark in migration.obstacles:
        raise Refused(
            remark.message,
            code=ErrorCode.MIGRATION_INVALID,
            where=remark.source.place(remark.span.start),
            excerpt=remark.source.excerpt(remark.span),
        )
    why = None
    if migration.layout != "node-pg-migrate":
        why = f"the directory has the layout of {migration.layout}"
    elif _NUMBER.fullmatch(migration.name) or migration.name.startswith("-"):
        why = f"it would take {migration.name} for a number or an option, and not for a name"
    elif "'" in migration.name or "_ " in migration.name:
        why = "it records no name with a quote, and finds none with a blank after an underscore"
    if why is not None:
        raise Refused(
            f"{migration.name} cannot be run by node-pg-migrate",
            code=ErrorCode.NODE_PG_MIGRATE_REFUSED,
            where=migration.path,
            why=why,
            instead=("give the file another name, if no database has applied it", "rowkeep status"),
        )
    return Step(migration, direction, (), TransactionMode.HANDED, WHY, migration.up.text)


def may_leave_transaction(step: Step) -> bool:
    """Whether the text contains `pgm.noTransaction()`: then what ran before a failure stays."""
    return _APART.search(step.text) is not None
