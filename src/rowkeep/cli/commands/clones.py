"""`rowkeep clones`: the golden copies that rehearsals clone. List, make and remove them."""

from __future__ import annotations

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.command_group import DefaultCommandGroup
from rowkeep.cli.declare_command import declare_command
from rowkeep.domain.frozen import replace


@declare_command("list", help="List golden copies: their age, size, and the room that is left. The default.")
def list_all(context: CommandContext) -> int:
    from rowkeep.clones.golden_store import age_of
    from rowkeep.report.golden_copies import format_golden_copies, serialize_golden_copies
    from rowkeep.workflows.rehearsal.manage_golden_copies import list_golden_copies

    content, room = list_golden_copies()
    ages = tuple(age_of(golden) for golden in content.copies)
    context.answer(format_golden_copies(content, room, ages), **serialize_golden_copies(content, room, ages))
    return 0


@declare_command("create", help="Restore and prove BACKUP (an id, a file, or `latest`), and keep it for rehearsals.")
@click.argument("backup", default="latest")
@click.option("--backups-dir", metavar="DIR", help="Where backups are kept  [default: backups].")
def create(context: CommandContext, *, backup: str, backups_dir: str | None) -> int:
    from rowkeep.clones.golden_store import age_of
    from rowkeep.report.backups import serialize_backup
    from rowkeep.report.golden_copies import serialize_golden_copy
    from rowkeep.workflows.rehearsal.manage_golden_copies import make_golden_copy

    settings = replace(context.settings, backups_dir=backups_dir or context.settings.backups_dir)
    golden, proven = make_golden_copy(settings, backup, context.emit)
    context.answer(
        f"{golden.backup_id}: {proven.proof}; rehearsals clone it until it is "
        f"{settings.golden_copy_max_age_h:g} hours old. Next: rowkeep rehearse",
        copy=serialize_golden_copy(golden, age_of(golden)),
        backup=serialize_backup(proven),
    )
    return 0


@declare_command("prune", help="Remove golden copies that are too old, too many, or without their backup.")
@click.option("--all", "everything", is_flag=True, help="Remove every golden copy that nobody is cloning now.")
def prune(context: CommandContext, *, everything: bool) -> int:
    from rowkeep.report.golden_copies import format_removed
    from rowkeep.workflows.rehearsal.manage_golden_copies import prune_golden_copies

    removed = prune_golden_copies(context.settings, everything=everything)
    names, freed = tuple(each.name for each in removed), sum(each.bytes for each in removed)
    context.answer(format_removed(names, freed), removed=list(names), freed=freed)
    return 0


command = DefaultCommandGroup(
    "clones",
    commands=[list_all, create, prune],
    help="Golden copies, which rehearsals clone in seconds. Nightly: `rowkeep backup && rowkeep clones create`.",
)
