"""A command group with a default subcommand."""

from __future__ import annotations

import click


class DefaultCommandGroup(click.Group):
    """Runs its first command if none is named: `rowkeep backup` is `rowkeep backup create`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)
