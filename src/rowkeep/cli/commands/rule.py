"""`rowkeep rule NAME`: the page of a rule; `rowkeep rule --list`: all of them."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused


@declare_command("rule", help="Explain the rule NAME (a name or a code), or list them all.")
@click.argument("name", required=False)
@click.option("--list", "list_all", is_flag=True, help="List all rules.")
def command(context: CommandContext, *, name: str | None, list_all: bool) -> None:
    from rowkeep import rules
    from rowkeep.report.lint.rules import format_rule, format_rules, serialize_rule

    if list_all or name is None:
        pages = {rule.name: rules.page_of(rule) for rule in rules.every()}
        data = [serialize_rule(rule, pages[rule.name]) for rule in rules.every()]
        titles = {rule: page.title for rule, page in pages.items()}
        context.answer(format_rules(rules.every(), titles), rules=data)
        return
    rule = rules.find(name)
    if rule is None:
        from difflib import get_close_matches

        near = get_close_matches(name, [rule.name for rule in rules.headers()], 2)
        raise Misused(
            f"there is no rule {name!r}",
            code=ErrorCode.UNKNOWN_RULE,
            instead=(*(f"rowkeep rule {similar}" for similar in near), "rowkeep rule --list"),
        )
    page = rules.page_of(rule)
    context.answer(format_rule(rule, page), **serialize_rule(rule, page))
