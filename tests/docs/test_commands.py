"""Every command that is promised exists, and has words of its own in the help and in docs/commands.md."""

import click
import pytest
from tools.generate import ROOT
from tools.generate.commands import found, options, walk

from rowkeep.cli.root_group import COMMANDS

THERE, MISSING = found()
EVERY = [pair for name, command in THERE.items() for pair in walk(command, f"rowkeep {name}")]


def test_every_command_exists() -> None:
    assert not MISSING, f"promised in rowkeep.cli.root_group.COMMANDS, not there: {MISSING}"


def test_every_command_has_a_summary() -> None:
    assert all(summary.endswith(".") and len(summary) < 60 for _, summary in COMMANDS.values())


@pytest.mark.parametrize(("path", "command"), EVERY, ids=[path for path, _ in EVERY])
def test_every_command_and_option_has_help(path: str, command: click.Command) -> None:
    assert command.help, f"{path} has no help"
    silent = [option.opts[-1] for option in options(command) if not option.help]
    assert not silent, f"{path}: no help for {', '.join(silent)}"


@pytest.mark.parametrize("path", [path for path, _ in EVERY])
def test_every_command_is_documented(path: str) -> None:
    level = "#" * (path.count(" ") + 1)
    assert f"\n{level} {path}\n" in (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.parametrize("name", sorted(THERE))
def test_every_command_takes_the_common_options(name: str) -> None:
    for path, command in walk(THERE[name], name):
        if not isinstance(command, click.Group):
            assert {"database", "output_format", "debug"} <= {each.name for each in command.params}, path
