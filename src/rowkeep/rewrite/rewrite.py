"""Which statements of a migration can be rewritten, by its findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rowkeep.domain.act import Act
from rowkeep.domain.finding import Finding, Promise, Verdict
from rowkeep.domain.migration import Direction, Language, Migration
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.parse import parse
from rowkeep.rewrite.compose import Rewritten, compose
from rowkeep.rewrite.ground import Ground
from rowkeep.rewrite.online import online
from rowkeep.rewrite.recipe import Kind, Unit
from rowkeep.rewrite.repeat import repeat
from rowkeep.rewrite.retire import retire

_DROPS = frozenset({"drop-table", "drop-column"})


def rewrite(
    migration: Migration, verdict: Verdict, told: Ground, *, major: int, kinds: Collection[Kind] = tuple(Kind)
) -> Rewritten:
    """The same change in safe steps. told: of the migrations up to this one. major: the oldest server it runs on.

    Only the up part is rewritten, and only what a finding that no comment allows points at. The answer is proven by
    whoever judges it again; here nothing is judged.
    """
    parsed = parse(migration.up)
    return compose(migration, parsed, units(migration, parsed, verdict, told, major=major, kinds=kinds))


def units(
    migration: Migration,
    parsed: Parsed,
    verdict: Verdict,
    told: Ground,
    *,
    major: int,
    kinds: Collection[Kind] = tuple(Kind),
) -> tuple[Unit, ...]:
    """What can be rewritten by itself, in the order of the text. Nothing, where a stretch of it is no SQL."""
    if migration.language is not Language.SQL or parsed.problems:
        return ()
    findings = tuple(
        finding
        for finding in verdict.counting
        if finding.migration == migration.name and finding.direction is Direction.UP and not finding.via
    )
    found: list[Unit] = []
    for index, statement in enumerate(parsed.statements):
        about = tuple(finding for finding in findings if finding.statement == statement.span)
        for act in statement.acts:
            here = tuple(finding for finding in about if finding.span == act.span)
            if here and not act.inside:
                found.extend(each for each in _of(index, act, statement, here, told, major) if each.kind in kinds)
    return tuple(found)


def _of(
    index: int, act: Act, statement: Statement, findings: tuple[Finding, ...], told: Ground, major: int
) -> Iterator[Unit]:
    locking = tuple(finding for finding in findings if finding.promise is Promise.LOCK)
    if locking:
        recipe = online(act, statement, locking, told, major)
        if recipe is not None:
            yield Unit(index, Kind.ONLINE, recipe, _rules(locking))
    dropping = tuple(finding for finding in findings if finding.rule in _DROPS)
    retired = retire(act, statement) if dropping else None
    if retired is not None:
        yield Unit(index, Kind.RETIRE, retired, _rules(dropping))
    repeated = tuple(finding for finding in findings if finding.promise is Promise.REPEAT)
    recipe = repeat(act, statement) if repeated else None
    if recipe is not None:
        yield Unit(index, Kind.REPEAT, recipe, _rules(repeated))


def _rules(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule for finding in findings))
