"""`rowkeep rule NAME`: the page of a rule; `rowkeep rule --list`: all of them."""

from __future__ import annotations

import click

from rowkeep.cli.context import CommandContext
from rowkeep.cli.context import command as declared
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declared("rule", help="Explain the rule NAME (a name or a code), or list them all.")
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="All rules, a line each.")
def command(context: CommandContext, *, name: str | None, listed: bool) -> None:
    from rowkeep import rules
    from rowkeep.report.lint.rules import format_rule, format_rules, serialize_rule

    if listed or name is None:
        pages = {rule.name: rules.page_of(rule) for rule in rules.every()}
        data = [serialize_rule(rule, pages[rule.name]) for rule in rules.every()]
        titles = {each: page.title for each, page in pages.items()}
        context.answer(format_rules(rules.every(), titles), rules=data)
        return
    rule = rules.find(name)
    if rule is None:
        from difflib import get_close_matches

        near = get_close_matches(name, [each.name for each in rules.every()], 2)
        raise Misused(
            f"there is no rule {name!r}",
            code=ErrorCode.UNKNOWN_RULE,
            instead=(*(f"rowkeep rule {each}" for each in near), "rowkeep rule --list"),
        )
    page = rules.page_of(rule)
    context.answer(format_rule(rule, page), **serialize_rule(rule, page))
