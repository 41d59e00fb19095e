"""Roles in words: a plan as reviewed SQL, an audit as attempts and findings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from rowkeep.domain.audit import Newborn, RoleFinding, Trial, Verdict
from rowkeep.domain.role import Change, Found, RolesPlan, Wanted
from rowkeep.report.events import count_text

WIDTH = 100


def plan_text(plan: RolesPlan) -> str:
    """The plan as a script for psql: why above what, one transaction. Remarks come first, as comments."""
    wanted = plan.wanted
    rows = [
        f"-- Roles of database {plan.database}, PostgreSQL {plan.version_num // 10000}: "
        f"bot {wanted.bot}, migration role {wanted.migration}"
        + (f", owner {wanted.owner}" if wanted.owner != wanted.migration else "")
        + f"; schemas {', '.join(wanted.schemas)}"
    ]
    for remark in plan.remarks:
        rows.extend(_comment(f"NOTE: {remark}"))
    if not plan.changes:
        return "\n".join([*rows, "-- Everything is as wanted: nothing to do."])
    rows += ["BEGIN;", "SET LOCAL lock_timeout = '2s';"]
    for change in plan.changes:
        rows += ["", *_change(change, plan)]
    return "\n".join([*rows, "", "COMMIT;"])


def _change(change: Change, plan: RolesPlan) -> list[str]:
    rows = _comment(change.why)
    if change.takes_from:
        busy = dict(plan.sessions)
        who = ", ".join(
            f"{role} ({count_text(busy[role], 'session')} now)" if busy.get(role) else role
            for role in change.takes_from
        )
        rows += _comment(f"TAKES RIGHTS AWAY from {who}.")
    return [*rows, *change.statements]


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="-- ", subsequent_indent="--   ")


def plan_data(plan: RolesPlan) -> dict[str, object]:
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
    }


def audit_text(
    found: Found,
    wanted: Wanted,
    trials: Iterable[Trial],
    newborns: Iterable[Newborn],
    findings: Iterable[RoleFinding],
) -> str:
    """What was tried, what was counted, and what was found, worst first, each with what mends it."""
    rows = [f"Tried as {wanted.bot} in database {found.database.identity}, and rolled back:"]
    for trial in trials:
        words = f"[{trial.sqlstate}] {trial.words}" if trial.sqlstate else trial.words
        mark = {Verdict.DENIED: "denied ", Verdict.ALLOWED: "ALLOWED", Verdict.UNTRIED: "untried"}[trial.verdict]
        rows.append(f"  {mark}  {trial.act:<13} {trial.subject:<28} {words}")
    for born in newborns:
        rights = born.failure or ", ".join(sorted(born.rights)) or "nothing"
        rows.append(f"  a table that {born.creator} makes in schema {born.schema} gives the bot: {rights}")
    relations = [each for each in found.relations if each.schema in wanted.schemas and not each.extension]
    sequences = sum(each.kind == "sequence" for each in relations)
    rows.append(
        f"  looked at {count_text(len(relations) - sequences, 'table or view', 'tables and views')}, "
        f"{count_text(sequences, 'sequence')}, {count_text(len(found.objects), 'other object')}"
    )
    return "\n".join([*rows, "", *_findings(tuple(findings))])


def _findings(findings: tuple[RoleFinding, ...]) -> list[str]:
    if not findings:
        return ["Nothing to report."]
    rows = []
    for finding in findings:
        rows.append(f"{finding.severity.value}: {finding.words}")
        rows.extend(f"    mend: {mend}" for mend in finding.mend)
    counts = [
        f"{sum(each.severity is severity for each in findings)} {severity.value}"
        for severity in dict.fromkeys(each.severity for each in findings)
    ]
    return [*rows, "", ", ".join(counts)]


def audit_data(
    trials: Iterable[Trial], newborns: Iterable[Newborn], findings: Iterable[RoleFinding]
) -> dict[str, object]:
    """The same for JSON."""
    return {
        "trials": [
            {
                "act": trial.act,
                "subject": trial.subject,
                "verdict": trial.verdict.value,
                "sqlstate": trial.sqlstate,
                "words": trial.words,
                "milliseconds": round(trial.milliseconds, 1),
            }
            for trial in trials
        ],
        "future": [
            {"creator": born.creator, "schema": born.schema, "rights": sorted(born.rights), "failure": born.failure}
            for born in newborns
        ],
        "findings": [
            {
                "severity": finding.severity.value,
                "kind": finding.kind,
                "subject": finding.subject,
                "words": finding.words,
                "mend": list(finding.mend),
            }
            for finding in findings
        ],
    }
