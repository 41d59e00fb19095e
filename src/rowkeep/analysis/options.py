"""Which rules run, and with which severity."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from functools import lru_cache

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.rule import Check, Rule
from rowkeep.domain.operation import Operation
from rowkeep.domain.schema.live_facts import LiveFacts
from rowkeep.errors import Misused

OLDEST = 14
SMALL = 1_048_576
"""Bytes of a table with its indexes: half a second at the slowest rate of knowledge/throughput.py, else a tenth."""

Dispatch = Mapping[type[Operation], Sequence[tuple[Rule, Check, Severity]]]


@dataclass(frozen=True, slots=True)
class LintOptions:
    """select: names, codes or groups of rules that run, empty for all that are on; ignore: those that do not.

    severity: a rule's or group's own weight, by name. major: the oldest server the migrations must run on. only: names
    of the migrations that are analyzed, None for all; the others are read for the schema.

    live: what a server holds, which has `applied` the migrations of these names, and has begun the `unfinished` ones;
    all others are analyzed as what comes next. small_bytes: a table up to this size is locked for a negligible time.
    """

    select: Collection[str] = ()
    ignore: Collection[str] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    major: int = OLDEST
    only: Collection[str] | None = None
    live: LiveFacts | None = None
    applied: Collection[str] = ()
    unfinished: Collection[str] = ()
    small_bytes: int = SMALL


def resolve_severities(options: LintOptions, rules: tuple[Rule, ...]) -> dict[Rule, Severity]:
    """The rules that run, each with its severity. Raises Misused for a word that names no rule or severity."""
    check_selectors((*options.select, *options.ignore, *options.severity), rules)
    chosen: dict[Rule, Severity] = {}
    for rule in rules:
        severity = _severity(rule, options)
        picked = _matches(rule, options.select)
        if not options.select:
            analyzed = severity is not Severity.OFF
        else:
            # Who names a style rule wants it, though it is off by default.
            analyzed = picked
            severity = Severity.WARNING if severity is Severity.OFF else severity
        if analyzed and not _matches(rule, options.ignore):
            chosen[rule] = severity
    return chosen


def dispatch_rules(options: LintOptions, rules: tuple[Rule, ...]) -> Dispatch:
    """The checks for each kind of operation. Raises what `resolve_severities` raises.

    Cached, because every file that is analyzed by itself has the same options.
    """
    severity = tuple(sorted(options.severity.items()))
    return _dispatch(tuple(options.select), tuple(options.ignore), severity, rules)


@lru_cache(16)
def _dispatch(
    select: tuple[str, ...], ignore: tuple[str, ...], severity: tuple[tuple[str, str], ...], rules: tuple[Rule, ...]
) -> Dispatch:
    found: dict[type[Operation], list[tuple[Rule, Check, Severity]]] = {}
    for rule, weight in resolve_severities(LintOptions(select, ignore, dict(severity)), rules).items():
        for kind, checks in rule.checks.items():
            found.setdefault(kind, []).extend((rule, check, weight) for check in checks)
    return {kind: tuple(checks) for kind, checks in found.items()}


def _severity(rule: Rule, options: LintOptions) -> Severity:
    """The most particular setting counts: the rule's name, its code, its group."""
    for word in rule.groups:
        if word in options.severity:
            return _select_named(options.severity[word])
    return Severity.OFF if rule.category is Category.STYLE else rule.severity


def _select_named(word: str) -> Severity:
    try:
        return Severity(word.lower())
    except ValueError:
        choices = ", ".join(severity.value for severity in Severity)
        raise Misused(
            f"unknown severity {word!r}", code=ErrorCode.SETTING_INVALID, instead=(f"one of {choices}",)
        ) from None


def _matches(rule: Rule, words: Collection[str]) -> bool:
    return any(word in rule.groups or word.upper() == rule.code for word in words)


def check_selectors(words: tuple[str, ...], rules: tuple[Rule, ...]) -> None:
    """Nothing, where every word means a rule or a group. Raises Misused for one that does not."""
    known = {group for rule in rules for group in rule.groups}
    known |= {category.value for category in Category}
    for word in words:
        if word not in known and word.upper() not in known:
            from difflib import get_close_matches

            near = get_close_matches(word, sorted(known), 1)
            instead = (f"did you mean {near[0]}?",) if near else ()
            raise Misused(
                f"there is no rule or group {word!r}",
                code=ErrorCode.UNKNOWN_RULE,
                instead=(*instead, "rowkeep rule --list"),
            )
