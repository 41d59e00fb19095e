"""The rules, one file each: the docstring is the page, its SQL is the test. They are found, there is no list.

A rule's module holds `RULE = Rule(__name__, …)` and its checks, declared with `@RULE.on(TheActItSees)`. A check yields
`Fault`s; it reads its `Context` and keeps nothing. `make new-rule NAME=name-of-the-fault` writes the frame of one.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.lint.rule_page import RulePage, parse_page


@cache
def every() -> tuple[Rule, ...]:
    """All rules, by code."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    rules: list[Rule] = [importlib.import_module(f"{__name__}.{name}").RULE for name in names]
    return tuple(sorted(rules, key=lambda rule: rule.code))


def find(word: str) -> Rule | None:
    """The rule with that name or code, however it is written (`drop_table`, `Drop-Table`, `D001`)."""
    wanted = word.lower().replace("_", "-")
    return _by_word().get(wanted)


@cache
def _by_word() -> dict[str, Rule]:
    return {word: rule for rule in reversed(every()) for word in (rule.code.lower(), rule.name)}


@cache
def page_of(rule: Rule) -> RulePage:
    """The page of a rule."""
    return parse_page(importlib.import_module(rule.module).__doc__ or "")
