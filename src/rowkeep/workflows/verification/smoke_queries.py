"""Reads the smoke queries of the project and runs them: on the copy, after a deploy, and by `verify`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.connection.session import connect
from rowkeep.database.executor.run_smoke_queries import run_smoke_queries
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.smoke_query import SmokeQuery, SmokeResult
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted, Outcome
from rowkeep.domain.migration import Migration
from rowkeep.errors import Differs, Refused, Remains
from rowkeep.files.project.smoke_files import read_smoke_files
from rowkeep.plan.smoke.find_queries import MARKER, find_queries, find_section_queries
from rowkeep.report.verification import format_smoke_failures
from rowkeep.workflows.stage import run_stage


def read_smoke_queries(settings: Settings, migrations: Iterable[Migration], emit: Emit) -> tuple[SmokeQuery, ...]:
    """The queries of `verify/*.sql`, and those after `-- Verify` in these migrations.

    Raises Misused and Unparsable for a file that is something else.
    """
    queries = [query for file in read_smoke_files(settings.verify_dir) for query in find_queries(file)]
    for migration in migrations:
        found, why = find_section_queries(migration)
        if why is not None:
            emit(Noted(why, warning=True))
        queries += found
    return tuple(queries)


def has_section(settings: Settings) -> bool:
    """Whether a migration has a verify section. Without a directory of migrations there is none."""
    if not Path(settings.migrations_dir).is_dir():
        return False
    return any(MARKER.search(migration.up.text) for migration in files.read(settings).migrations)


def run_smoke_stage(
    conninfo: str,
    queries: tuple[SmokeQuery, ...],
    settings: Settings,
    emit: Emit,
    *,
    where: str,
    user: str | None = None,
) -> tuple[SmokeResult, ...]:
    """Run the queries as a stage, if there are any. where: for people (`on the copy`). user: the role to log in as."""
    if not queries:
        return ()
    options: dict[str, Any] = {"user": user} if user else {}
    with run_stage(emit, "smoke", f"Running {_count(len(queries))} {where}") as note:
        with connect(conninfo, application="rowkeep verify", **options) as session:
            results = run_smoke_queries(
                session, queries, schemas=settings.schemas, timeout_ms=settings.verify_timeout_ms
            )
        failed = sum(not result.passed for result in results)
        note.outcome = Outcome.REFUSED if failed else Outcome.OK
        note.summary = f"{failed} of {_count(len(results))} FAILED" if failed else f"{_count(len(results))} passed"
    return results


def refuse_failed(results: tuple[SmokeResult, ...]) -> None:
    """Raise Refused if a query failed on the copy."""
    failed = [result for result in results if not result.passed]
    if failed:
        raise Refused(
            f"{_count(len(failed))} failed on the copy, after the migrations",
            code=ErrorCode.SMOKE_QUERY_FAILED,
            where=failed[0].query.place,
            why=format_smoke_failures(failed),
            instead=("change the migration, or the smoke query if it is wrong", "rowkeep rehearse"),
        )


def report_failed(results: tuple[SmokeResult, ...], backup: str) -> None:
    """Raise Differs if a query failed in production, after the migrations were applied."""
    failed = [result for result in results if not result.passed]
    if failed:
        raise Differs(
            f"applied, but {_count(len(failed))} failed",
            code=ErrorCode.SMOKE_QUERY_FAILED,
            where=failed[0].query.place,
            why=format_smoke_failures(failed),
            remains=Remains.CHANGED,
            remains_detail="the migrations are applied and recorded",
            instead=("rowkeep verify", f"rowkeep restore {backup} --into NEWDB   (as it was before)"),
        )


def _count(number: int) -> str:
    return count_text(number, "smoke query", "smoke queries")
