"""`rowkeep completion SHELL`: prints a script that makes the shell complete commands and options."""

from __future__ import annotations

import click

from rowkeep.cli import COMPLETE
from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.root_group import rowkeep

SHELLS = ("bash", "zsh", "fish")

PLACES = {
    "bash": "rowkeep completion bash > ~/.local/share/bash-completion/completions/rowkeep",
    "zsh": "rowkeep completion zsh > ~/.zfunc/_rowkeep   (with fpath+=~/.zfunc before compinit in ~/.zshrc)",
    "fish": "rowkeep completion fish > ~/.config/fish/completions/rowkeep.fish",
}


@declare_command("completion", help="Print a completion script for SHELL: bash, zsh or fish.")
@click.argument("shell", type=click.Choice(SHELLS))
def command(context: CommandContext, shell: str) -> None:
    script = _script(shell)
    context.note(f"to install it: {PLACES[shell]}")
    context.answer(script, shell=shell, script=script)


def _script(shell: str) -> str:
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.BadParameter(f"no completion for {shell!r}")
    # The source of the base class: bash's own class starts bash to find its version.
    return ShellComplete.source(kind(rowkeep, {}, "rowkeep", COMPLETE))
