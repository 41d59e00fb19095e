"""Roles as text and JSON: a plan as SQL for review, an audit as attempts and findings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rowkeep.domain.count import count_text
from rowkeep.domain.roles.role import (
    RightsLoss,
    RoleChange,
    RolesOnServer,
    RolesPlan,
    RoleStage,
    RoleStep,
    WantedRoles,
)
from rowkeep.domain.roles.role_audit import Attempt, AttemptOutcome, NewTableAttempt, RoleFinding

WIDTH = 100
NAMED = 10


def format_roles_plan(plan: RolesPlan) -> str:
    """The plan as a psql script. Remarks and reasons are comments."""
    wanted = plan.wanted
    rows = [
        f"-- Roles of database {plan.database}, PostgreSQL {plan.version_num // 10000}: "
        f"bot {wanted.bot}, migration role {wanted.migration}"
        + (f", owner {wanted.owner}" if wanted.owner != wanted.migration else "")
        + f"; schemas {', '.join(wanted.schemas)}"
    ]
    for remark in plan.remarks:
        rows.extend(_comment(f"NOTE: {remark}"))
    unfinished = any(step.stage is not RoleStage.DONE for step in plan.steps)
    if plan.changes or unfinished:
        rows += _steps(plan.steps)
    if not plan.changes:
        return "\n".join([*rows, "-- Everything is as it should be: nothing to do."])
    if plan.gives:
        rows += ["", "-- Statements that grant rights. Nobody loses anything."]
        rows += _transaction(plan.gives)
    if plan.takes:
        rows += ["", "-- Statements that take rights away."]
        for loss in plan.losses:
            rows += _comment(f"LOSES RIGHTS: {format_rights_loss(loss)}")
        rows += _transaction(plan.takes)
    return "\n".join(rows)


def _steps(steps: Iterable[RoleStep]) -> list[str]:
    rows = ["--", "-- The handover:"]
    for number, step in enumerate(steps, 1):
        rows.append(f"-- {number}. {step.title}: {step.stage.value}")
        if step.stage is RoleStage.DONE:
            continue
        for note in step.notes:
            rows += _comment(note, "--    ", "--      ")
        rows += [f"--    type: {line}" for line in step.type]
    return [*rows, "--"]


def format_handover(plan: RolesPlan) -> str:
    """The state of the handover, as text."""
    return "\n".join(row.removeprefix("-- ").removeprefix("--") for row in _steps(plan.steps)).strip()


def format_rights_loss(loss: RightsLoss) -> str:
    """`shop (2 sessions now) loses the database shop; 3 tables (…)`, and who else loses them with it."""
    others = [name for name in loss.who if name != loss.role]
    shown = ", ".join(others[:NAMED]) + (f" and {len(others) - NAMED} more" if len(others) > NAMED else "")
    sessions = count_text(loss.sessions, "session") if loss.sessions else "no session"
    also = f"; so do {shown}" if others and loss.role != "PUBLIC" else f"; that is {shown}" if others else ""
    return f"{loss.role} ({sessions} now) loses {'; '.join(loss.what)}{also}"


def _transaction(changes: Iterable[RoleChange]) -> list[str]:
    rows = ["BEGIN;", "SET LOCAL lock_timeout = '2s';"]
    for change in changes:
        rows += ["", *_comment(change.why)]
        if change.takes_from:
            rows += _comment(f"TAKES RIGHTS AWAY from {', '.join(change.takes_from)}.")
        rows += change.statements
    return [*rows, "", "COMMIT;"]


def _comment(text: str, first: str = "-- ", next_: str = "--   ") -> list[str]:
    """A comment, wrapped. Addresses and names are not broken."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=next_, break_long_words=False, break_on_hyphens=False
    )


def serialize_roles_plan(plan: RolesPlan) -> dict[str, object]:
    """The same for JSON."""
    return {
        "database": plan.database,
        "bot": plan.wanted.bot,
        "migration": plan.wanted.migration,
        "owner": plan.wanted.owner,
        "schemas": list(plan.wanted.schemas),
        "changes": [
            {"why": change.why, "statements": list(change.statements), "takes_from": list(change.takes_from)}
            for change in plan.changes
        ],
        "remarks": list(plan.remarks),
        "losses": [
            {"role": loss.role, "what": list(loss.what), "sessions": loss.sessions, "who": list(loss.who)}
            for loss in plan.losses
        ],
        "steps": [
            {"title": step.title, "stage": step.stage.value, "notes": list(step.notes), "type": list(step.type)}
            for step in plan.steps
        ],
    }


def format_audit(
    current: RolesOnServer,
    wanted: WantedRoles,
    attempts: Iterable[Attempt],
    new_tables: Iterable[NewTableAttempt],
    findings: Iterable[RoleFinding],
) -> str:
    """Attempts, counts, and findings (the worst first) with their fixes."""
    rows = [f"Tried as {wanted.bot} in database {current.database.identity}, and rolled back:"]
    for attempt in attempts:
        words = f"[{attempt.sqlstate}] {attempt.words}" if attempt.sqlstate else attempt.words
        mark = {
            AttemptOutcome.DENIED: "denied ",
            AttemptOutcome.ALLOWED: "ALLOWED",
            AttemptOutcome.UNTRIED: "untried",
        }[attempt.result]
        rows.append(f"  {mark}  {attempt.operation:<13} {attempt.subject:<28} {words}")
    for table in new_tables:
        rights = table.failure or ", ".join(sorted(table.rights)) or "nothing"
        rows.append(f"  a table that {table.creator} creates in schema {table.schema} gives the bot: {rights}")
    relations = [
        relation for relation in current.relations if relation.schema in wanted.schemas and not relation.extension
    ]
    sequences = sum(relation.kind == "sequence" for relation in relations)
    rows.append(
        f"  looked at {count_text(len(relations) - sequences, 'table or view', 'tables and views')}, "
        f"{count_text(sequences, 'sequence')}, {count_text(len(current.objects), 'other object')}"
    )
    return "\n".join([*rows, "", *_findings(tuple(findings))])


def _findings(findings: tuple[RoleFinding, ...]) -> list[str]:
    if not findings:
        return ["Nothing to report."]
    rows = []
    for finding in findings:
        rows.append(f"{finding.severity.value}: {finding.words}")
        rows.extend(f"    fix: {fix}" for fix in finding.fix)
    counts = [
        f"{sum(finding.severity is severity for finding in findings)} {severity.value}"
        for severity in dict.fromkeys(finding.severity for finding in findings)
    ]
    return [*rows, "", ", ".join(counts)]


def serialize_audit(
    attempts: Iterable[Attempt], new_tables: Iterable[NewTableAttempt], findings: Iterable[RoleFinding]
) -> dict[str, object]:
    """The same for JSON."""
    return {
        "trials": [
            {
                "operation": attempt.operation,
                "subject": attempt.subject,
                "result": attempt.result.value,
                "sqlstate": attempt.sqlstate,
                "words": attempt.words,
                "milliseconds": round(attempt.milliseconds, 1),
            }
            for attempt in attempts
        ],
        "future": [
            {
                "creator": table.creator,
                "schema": table.schema,
                "rights": sorted(table.rights),
                "failure": table.failure,
            }
            for table in new_tables
        ],
        "findings": [
            {
                "severity": finding.severity.value,
                "kind": finding.kind,
                "subject": finding.subject,
                "words": finding.words,
                "fix": list(finding.fix),
            }
            for finding in findings
        ],
    }
