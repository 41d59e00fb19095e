"""Which rules run, and with which severity."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TypeVar

from rowkeep import rules
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.rule import Check, Rule, RuleHeader
from rowkeep.domain.operation import Operation
from rowkeep.domain.schema.live_facts import LiveFacts
from rowkeep.errors import Misused

OLDEST = 14
SMALL = 1_048_576
"""Bytes of a table with its indexes: half a second at the slowest rate of knowledge/throughput.py, else a tenth."""

R = TypeVar("R", bound=RuleHeader)


@dataclass(frozen=True, slots=True)
class LintOptions:
    """select: names, codes or groups of rules that run, empty for all that are on; ignore: those that do not.

    severity: a rule's or group's own weight, by name. major: the oldest server the migrations must run on. only: names
    of the migrations that are analyzed, None for all; the others are read for the schema.

    live: what a server holds, which has `applied` the migrations of these names, and has begun the `unfinished` ones;
    all others are analyzed as what comes next. small_bytes: a table up to this size is locked for a negligible time.
    accepted: the reason for each name of what may be lost (`--accept-loss`). schemas: where names without one are.
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
    accepted: Mapping[str, str] = field(default_factory=dict)
    schemas: Collection[str] = ("public",)


def resolve_severities(options: LintOptions, known: tuple[R, ...]) -> dict[R, Severity]:
    """The rules that run, each with its severity. Raises Misused for a word that names no rule or severity.

    known: all rules, or their headers.
    """
    check_selectors((*options.select, *options.ignore, *options.severity), known)
    chosen: dict[R, Severity] = {}
    for rule in known:
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


class Dispatch(dict[type[Operation], tuple[tuple[Rule, Check, Severity], ...]]):
    """The checks for each kind of operation. The rules of a kind are imported when it is first looked up."""

    def __init__(self, chosen: Mapping[RuleHeader, Severity]) -> None:
        super().__init__()
        self._chosen: dict[str, list[tuple[str, Severity]]] = {}
        for header, severity in chosen.items():
            for name in header.operations:
                self._chosen.setdefault(name, []).append((header.name, severity))

    def __missing__(self, kind: type[Operation]) -> tuple[tuple[Rule, Check, Severity], ...]:
        loaded = ((rules.load(name), severity) for name, severity in self._chosen.get(kind.__name__, ()))
        checks = tuple((rule, check, severity) for rule, severity in loaded for check in rule.checks[kind])
        self[kind] = checks
        return checks


def dispatch_rules(options: LintOptions) -> Dispatch:
    """The checks for each kind of operation. Raises what `resolve_severities` raises.

    Cached, because every file that is analyzed by itself has the same options.
    """
    severity = tuple(sorted(options.severity.items()))
    return _dispatch(tuple(options.select), tuple(options.ignore), severity)


@lru_cache(16)
def _dispatch(select: tuple[str, ...], ignore: tuple[str, ...], severity: tuple[tuple[str, str], ...]) -> Dispatch:
    return Dispatch(resolve_severities(LintOptions(select, ignore, dict(severity)), rules.headers()))


def _severity(rule: RuleHeader, options: LintOptions) -> Severity:
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


def _matches(rule: RuleHeader, words: Collection[str]) -> bool:
    return any(word in rule.groups or word.upper() == rule.code for word in words)


def check_selectors(words: tuple[str, ...], known: tuple[RuleHeader, ...]) -> None:
    """Nothing, where every word means a rule or a group. Raises Misused for one that does not."""
    groups = {group for rule in known for group in rule.groups}
    groups |= {category.value for category in Category}
    for word in words:
        if word not in groups and word.upper() not in groups:
            from difflib import get_close_matches

            near = get_close_matches(word, sorted(groups), 1)
            instead = (f"did you mean {near[0]}?",) if near else ()
            raise Misused(
                f"there is no rule or group {word!r}",
                code=ErrorCode.UNKNOWN_RULE,
                instead=(*instead, "rowkeep rule --list"),
            )
