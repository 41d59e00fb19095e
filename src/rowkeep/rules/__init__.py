"""The rules, one file each: the docstring is the page, its SQL is the test. They are found, there is no list.

A rule's module holds `RULE = Rule(__name__, …)` and its checks, declared with `@RULE.on(OperationType)`. A check
yields `Violation`s. It reads its `Context` and stores nothing. `make new-rule NAME=name-of-the-fault` writes the
skeleton of one. A module with a leading underscore is no rule: it holds what several rules share.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.lint.rule_page import RulePage, parse_page


@cache
def every() -> tuple[Rule, ...]:
    """Return all rules, by code."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    rules: list[Rule] = [importlib.import_module(f"{__name__}.{name}").RULE for name in names]
    return tuple(sorted(rules, key=lambda rule: rule.code))


def find(word: str) -> Rule | None:
    """Find the rule with that name or code, however it is written (`drop_table`, `Drop-Table`, `D001`)."""
    return _index_by_word().get(word.lower().replace("_", "-"))


@cache
def _index_by_word() -> dict[str, Rule]:
    return {word: rule for rule in reversed(every()) for word in (rule.code.lower(), rule.name)}


@cache
def page_of(rule: Rule) -> RulePage:
    """Return the page of a rule."""
    return parse_page(importlib.import_module(rule.module).__doc__ or "")
