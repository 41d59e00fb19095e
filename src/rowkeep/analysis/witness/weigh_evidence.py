"""Findings and what a witness saw -> findings: what the server refutes is withdrawn, what only it shows is added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rowkeep import rules
from rowkeep.analysis.determinism import is_closed, is_plain, is_unmodelled
from rowkeep.analysis.options import LintOptions, resolve_severities
from rowkeep.analysis.suppression.suppressions import read_suppressions
from rowkeep.analysis.witness.witness_findings import OPAQUE, find_witnessed_faults
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import (
    Category,
    Finding,
    LintResult,
    Severity,
    Suppression,
    Violation,
    WithdrawnFinding,
)
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.lint.witness import PriorObjects, StatementEvidence, WitnessEvidence
from rowkeep.domain.migration import Direction, Migration
from rowkeep.domain.operation import Notice
from rowkeep.domain.schema.schema_state import SchemaState
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.parse import parse_section

SHOWN = 4

Key = tuple[str, Span | None]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A statement, and what the server showed of it."""

    statement: Statement
    watched: StatementEvidence
    prior: PriorObjects


def weigh_evidence(
    result: LintResult,
    migrations: Sequence[Migration],
    evidence: WitnessEvidence,
    options: LintOptions,
    *,
    locks_only: bool = False,
) -> LintResult:
    """The result, corrected by what the server showed.

    migrations: those that were analyzed. locks_only: withdraw no finding about data. Evidence of another major than
    that of the options proves nothing and changes nothing.
    """
    if evidence.major != options.major:
        return result
    pairs = _pairs(migrations, evidence)
    kept: list[Finding] = []
    withdrawn = list(result.withdrawn)
    for finding in result.findings:
        pair = pairs.get((finding.source.path, finding.statement)) if finding.statement is not None else None
        certain = finding.direction is Direction.UP and not (locks_only and finding.category is not Category.LOCK)
        why = _refutation(finding, pair) if pair is not None and certain else ""
        if why:
            withdrawn.append(WithdrawnFinding(finding, f"PostgreSQL {evidence.major} {why}"))
        else:
            kept.append(finding)
    added = tuple(_new_findings(migrations, pairs, kept, options))
    return replace(result, findings=_in_order((*kept, *added), migrations), withdrawn=tuple(withdrawn))


def _pairs(migrations: Sequence[Migration], evidence: WitnessEvidence) -> dict[Key, _Pair]:
    seen = {(each.path, each.statement): each for each in evidence.watched}
    paths = {each.path for each in evidence.watched}
    found: dict[Key, _Pair] = {}
    for migration in migrations:
        if migration.up.source.path in paths:
            for statement in parse_section(migration.up).statements:
                key = (statement.source.path, statement.span)
                if key in seen:
                    found[key] = _Pair(statement, seen[key], evidence.prior)
    return found


def _refutation(finding: Finding, pair: _Pair) -> str:
    """What the server showed against the finding, '' where it proves nothing."""
    watched, statement = pair.watched, pair.statement
    # A function that the statement runs may be called for each row, and here there are no rows.
    if watched.deaf or watched.skipped or finding.via:
        return ""
    # Partitions that the application creates, tables that IF NOT EXISTS would find: they are missing after a replay.
    if pair.prior is PriorObjects.REPLAYED and (watched.divided or watched.beside):
        return ""
    if finding.rule in OPAQUE:
        return _describe_effects(pair) if _looked_through(finding, pair) else ""
    rule = rules.find(finding.rule)
    if rule is None or rule.category is not Category.LOCK or not watched.touched:
        return ""
    if not (is_plain(statement) or (is_closed(statement) and not watched.reads)):
        return ""
    return _against(rule, pair)


def _looked_through(finding: Finding, pair: _Pair) -> bool:
    if pair.watched.reads:
        return False
    return is_unmodelled(pair.statement) if finding.rule == "unmodelled-statement" else is_closed(pair.statement)


def _describe_effects(pair: _Pair) -> str:
    """What an opaque statement did: the server saw the rest of it."""
    locks = ", ".join(f"{each.mode.sql} on {each.table}" for each in pair.watched.held[:SHOWN])
    return f"ran it, and saw {locks or 'no lock on a table that was there before'}"


def _against(rule: Rule, pair: _Pair) -> str:
    """Why the claims of a rule do not hold here. The strongest claim counts: a rewrite, a scan, a lock."""
    watched, claims = pair.watched, [claim for claim in rule.claims if not claim.fails]
    if any(claim.rewrites for claim in claims):
        return "" if watched.rewritten else "ran it and rewrote no table"
    if any(claim.scans for claim in claims):
        read = (*watched.rewritten, *watched.scanned, *watched.counted, *watched.built)
        return "" if read else "ran it and read no table from end to end"
    felt = [claim.lock for claim in claims if claim.lock is not None and claim.lock.blocks_writes]
    if not felt:
        return ""
    least = min(mode.strength for mode in felt)
    strongest = watched.strongest
    if strongest is None or strongest.strength >= least:
        return ""
    return f"ran it and took no lock above {strongest.sql}"


def _new_findings(
    migrations: Sequence[Migration],
    pairs: Mapping[Key, _Pair],
    findings: Sequence[Finding],
    options: LintOptions,
) -> Iterator[Finding]:
    weighed = {rule.name: severity for rule, severity in resolve_severities(options, rules.headers()).items()}
    about: dict[Key, list[Finding]] = {}
    for finding in findings:
        about.setdefault((finding.source.path, finding.statement), []).append(finding)
    for migration in migrations:
        own = {key: pair for key, pair in pairs.items() if pair.watched.path == migration.up.source.path}
        if not own:
            continue
        statements = parse_section(migration.up).statements
        allowed = read_suppressions(migration.up.source, migration.up.span, statements)
        for key, pair in own.items():
            context = Context(migration, Direction.UP, SchemaState(), options.major)
            for noticed in find_witnessed_faults(pair.statement, pair.watched, about.get(key, ())):
                if noticed.kind in weighed:
                    rule, severity = rules.load(noticed.kind), weighed[noticed.kind]
                    allowance = allowed.of((rule.name, rule.code.lower()), noticed.span.start)
                    for check in rule.checks[Notice]:
                        for fault in check(noticed, context):
                            yield _finding(rule, severity, fault, migration, pair.statement, allowance)


def _finding(
    rule: Rule,
    severity: Severity,
    fault: Violation,
    migration: Migration,
    statement: Statement,
    allowed: Suppression | None,
) -> Finding:
    weight = severity.softer if fault.doubtful else severity
    return Finding(
        rule.name,
        rule.code,
        rule.category,
        weight,
        migration.name,
        Direction.UP,
        statement.source,
        fault.span,
        fault.message,
        fault.hint,
        allowed=allowed,
        statement=statement.span,
    )


def _in_order(findings: Sequence[Finding], migrations: Sequence[Migration]) -> tuple[Finding, ...]:
    """In the order of the migrations and of their text; findings of no migration come first."""
    order: dict[str, int] = {}
    for migration in migrations:
        for part in (migration.up, migration.down):
            if part is not None:
                order.setdefault(part.source.path, len(order))
    return tuple(sorted(findings, key=lambda each: (order.get(each.source.path, -1), each.span)))
