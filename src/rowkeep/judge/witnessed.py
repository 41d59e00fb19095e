"""Findings and what a witness saw -> findings: what the server refutes is withdrawn, what only it shows is added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rowkeep import rules
from rowkeep.domain.act import Noticed
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Allowance, Fault, Finding, Promise, Severity, Verdict, Withdrawn
from rowkeep.domain.known import Known
from rowkeep.domain.migration import Direction, Migration
from rowkeep.domain.rule import Rule
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.domain.witness import Evidence, Prior, Watched
from rowkeep.judge.allow import allowances
from rowkeep.judge.decided import is_closed, is_plain, is_unmodelled
from rowkeep.judge.options import Options, weights
from rowkeep.judge.shown import OPAQUE, shown
from rowkeep.parse import parse

SHOWN = 4

Key = tuple[str, Span | None]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A statement, and what was seen of it."""

    statement: Statement
    watched: Watched
    prior: Prior


def weigh(
    verdict: Verdict,
    migrations: Sequence[Migration],
    evidence: Evidence,
    options: Options,
    *,
    locks_only: bool = False,
) -> Verdict:
    """The verdict in the light of what was seen.

    migrations: those that were judged, with their texts. locks_only: nothing is withdrawn that is about data. A
    evidence of another major than the oldest that is judged for proves nothing, and changes nothing.
    """
    if evidence.major != options.major:
        return verdict
    pairs = _pairs(migrations, evidence)
    kept: list[Finding] = []
    withdrawn = list(verdict.withdrawn)
    for finding in verdict.findings:
        pair = pairs.get((finding.source.path, finding.statement)) if finding.statement is not None else None
        certain = finding.direction is Direction.UP and not (locks_only and finding.promise is not Promise.LOCK)
        why = _refuted(finding, pair) if pair is not None and certain else ""
        if why:
            withdrawn.append(Withdrawn(finding, f"PostgreSQL {evidence.major} {why}"))
        else:
            kept.append(finding)
    added = tuple(_added(migrations, pairs, kept, options))
    return replace(verdict, findings=_in_order((*kept, *added), migrations), withdrawn=tuple(withdrawn))


def _pairs(migrations: Sequence[Migration], evidence: Evidence) -> dict[Key, _Pair]:
    seen = {(each.path, each.statement): each for each in evidence.watched}
    paths = {each.path for each in evidence.watched}
    found: dict[Key, _Pair] = {}
    for migration in migrations:
        if migration.up.source.path in paths:
            for statement in parse(migration.up).statements:
                key = (statement.source.path, statement.span)
                if key in seen:
                    found[key] = _Pair(statement, seen[key], evidence.prior)
    return found


def _refuted(finding: Finding, pair: _Pair) -> str:
    """What was seen against the finding, '' for nothing that settles it."""
    watched, statement = pair.watched, pair.statement
    # A function that the statement runs by the way may be called for each row, and here there are none.
    if watched.deaf or watched.skipped or finding.via:
        return ""
    # Partitions that the application makes, tables that IF NOT EXISTS would find: after a replay they are not there.
    if pair.prior is Prior.REPLAYED and (watched.divided or watched.beside):
        return ""
    if finding.rule in OPAQUE:
        return _done(pair) if _looked_through(finding, pair) else ""
    rule = rules.find(finding.rule)
    if rule is None or rule.promise is not Promise.LOCK or not watched.touched:
        return ""
    if not (is_plain(statement) or (is_closed(statement) and not watched.reads)):
        return ""
    return _against(rule, pair)


def _looked_through(finding: Finding, pair: _Pair) -> bool:
    if pair.watched.reads:
        return False
    return is_unmodelled(pair.statement) if finding.rule == "unmodelled-statement" else is_closed(pair.statement)


def _done(pair: _Pair) -> str:
    """What an opaque statement did: the rest of it is judged by what was seen."""
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


def _added(
    migrations: Sequence[Migration],
    pairs: Mapping[Key, _Pair],
    findings: Sequence[Finding],
    options: Options,
) -> Iterator[Finding]:
    weighed = {rule.name: (rule, severity) for rule, severity in weights(options, rules.every()).items()}
    about: dict[Key, list[Finding]] = {}
    for finding in findings:
        about.setdefault((finding.source.path, finding.statement), []).append(finding)
    for migration in migrations:
        own = {key: pair for key, pair in pairs.items() if pair.watched.path == migration.up.source.path}
        if not own:
            continue
        statements = parse(migration.up).statements
        allowed = allowances(migration.up.source, migration.up.span, statements)
        for key, pair in own.items():
            context = Context(migration, Direction.UP, Known(), options.major)
            for noticed in shown(pair.statement, pair.watched, about.get(key, ())):
                if noticed.kind in weighed:
                    rule, severity = weighed[noticed.kind]
                    allowance = allowed.of((rule.name, rule.code.lower()), noticed.span.start)
                    for check in rule.checks[Noticed]:
                        for fault in check(noticed, context):
                            yield _finding(rule, severity, fault, migration, pair.statement, allowance)


def _finding(
    rule: Rule, severity: Severity, fault: Fault, migration: Migration, statement: Statement, allowed: Allowance | None
) -> Finding:
    weight = severity.softer if fault.doubtful else severity
    return Finding(
        rule.name,
        rule.code,
        rule.promise,
        weight,
        migration.name,
        Direction.UP,
        statement.source,
        fault.span,
        fault.message,
        fault.repair,
        allowed=allowed,
        statement=statement.span,
    )


def _in_order(findings: Sequence[Finding], migrations: Sequence[Migration]) -> tuple[Finding, ...]:
    """In the order of the migrations, and of the text in each of them; what is of none of them comes first."""
    order: dict[str, int] = {}
    for migration in migrations:
        for part in (migration.up, migration.down):
            if part is not None:
                order.setdefault(part.source.path, len(order))
    return tuple(sorted(findings, key=lambda each: (order.get(each.source.path, -1), each.span)))
