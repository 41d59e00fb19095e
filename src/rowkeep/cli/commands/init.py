"""`rowkeep init`: sets up a project, or adopts an existing one. Running it again changes nothing."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from typing import TYPE_CHECKING

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.output import confirm, print_line
from rowkeep.errors import Misused, RowkeepError

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.domain.history.state import State
    from rowkeep.domain.migration import Directory
    from rowkeep.files.project.npm_scripts import PlannedScript


@declare_command("init")
@click.option(
    "--npm-scripts/--no-npm-scripts",
    default=None,
    help="Add the usual scripts to package.json, or do not. Without it, asks if there is a terminal.",
)
@click.option(
    "--deploy-script/--no-deploy-script",
    default=None,
    help="Make scripts/safe-deploy.sh call `rowkeep deploy` and keep the old one beside it. Asks as above.",
)
def command(context: CommandContext, *, npm_scripts: bool | None, deploy_script: bool | None) -> None:
    """Set up a project, or adopt an existing one: its migrations, its history, its scripts.

    Writes rowkeep.toml and, in a git repository, two lines of .gitignore. Never overwrites files; running it again
    changes nothing. If a database is configured, it is read, and never changed.
    """
    from rowkeep.files.filesystem.write import make_directory
    from rowkeep.files.project import adopt_project, init_files

    present = init_files.read_package_scripts()
    old = init_files.read_old_tool(present)
    values = adopt_project.read_old_settings(context.settings, old, init_files.find_directories())
    settings = adopt_project.settings_with(context.settings, values)
    written = settings.config_file is None and init_files.write_settings(values)
    for line in adopt_project.find_contradictions(settings, old) if settings.config_file else ():
        context.note(f"warning: {line}")
    made = make_directory(settings.migrations_dir)
    directory = _migrations(context, settings, made)
    name = settings.config_file or "rowkeep.toml"
    context.answer(f"{name}: {'written' if written else 'already exists'}", config={"path": name, "written": written})
    ignored = init_files.add_to_gitignore((*_inside(settings.backups_dir), ".rowkeep/"))
    if ignored:
        context.answer(f".gitignore: {', '.join(ignored)} added")
    context.data["gitignore"] = list(ignored)
    if present is not None:
        _scripts(context, present, npm_scripts)
    _deploy_script(context, deploy_script)
    _history(context, settings, directory)
    context.note(f"next: {_next(directory)}")


def _next(directory: Directory) -> str:
    """The next command. `up` runs only our own layouts; files of other tools must be imported first."""
    from rowkeep.plan.objections import LAYOUTS

    if not directory.migrations:
        return "rowkeep create NAME"
    if directory.layout in LAYOUTS:
        return "rowkeep status"
    return (
        f"rowkeep import {shlex.quote(directory.path)} --migrations-dir NEW   "
        f"(NEW: a new directory; Rowkeep does not run {directory.layout} files in place)"
    )


def _migrations(context: CommandContext, settings: Settings, made: bool) -> Directory:
    from rowkeep import files
    from rowkeep.domain.count import count_text
    from rowkeep.report.lint.remarks import remark_line, serialize_remark

    directory = files.read(settings)
    remarks = directory.every_remark
    state = "created" if made else f"{count_text(len(directory.migrations), 'migration')} ({directory.layout})"
    tail = f", {count_text(len(remarks), 'remark')}" if remarks else ""
    context.answer(
        "\n".join([f"{directory.path}: {state}{tail}", *(f"  {remark_line(remark)}" for remark in remarks)]),
        migrations={
            "path": directory.path,
            "made": made,
            "layout": directory.layout,
            "count": len(directory.migrations),
            "remarks": [serialize_remark(remark) for remark in remarks],
        },
    )
    return directory


def _inside(backups: str) -> tuple[str, ...]:
    """The backups directory as a line of .gitignore, if it is inside the project."""
    return () if backups.startswith(("/", "..")) else (f"{backups}/",)


def _scripts(context: CommandContext, present: dict[str, str], wanted: bool | None) -> None:
    from rowkeep.files.project import init_files
    from rowkeep.files.project.npm_scripts import ScriptChange, plan_scripts

    plan = plan_scripts(present)
    changes = {
        script.name: script.line for script in plan if script.fate in (ScriptChange.ADDED, ScriptChange.REPLACED)
    }
    if changes and wanted is None:
        wanted = _ask(context, plan)
    if changes and not wanted:
        reason = "" if wanted is False else "; rowkeep init --npm-scripts adds the scripts"
        context.answer(f"package.json: not changed{reason}", scripts=[])
        return
    init_files.set_scripts(changes)
    lines = [f"  {_script_line(script)}" for script in plan]
    context.answer("\n".join(["package.json:", *lines]), scripts=[dataclasses.asdict(script) for script in plan])


def _ask(context: CommandContext, plan: tuple[PlannedScript, ...]) -> bool | None:
    """The answer of the user; None without a terminal."""
    if context.json or not sys.stdin.isatty():
        return None
    for script in plan:
        print_line(f"  {_script_line(script, done=False)}", err=True)
    return confirm("Add these scripts to package.json?", default=True)


def _script_line(script: PlannedScript, *, done: bool = True) -> str:
    """What happened to a script, or (not done) what would happen."""
    fate = script.fate.value
    if fate == "kept":
        return f"{script.name}: kept: {script.old} (ours would be: {script.line})"
    if not done and fate in ("added", "replaced"):
        now = f" (is: {script.old})" if script.old else ""
        return f"{script.name}: would be {fate}: {script.line}{now}"
    was = f" (was: {script.old})" if fate == "replaced" else ""
    return f"{script.name}: {fate}: {script.line}{was}"


def _deploy_script(context: CommandContext, wanted: bool | None) -> None:
    """Offer to make the deploy script of the guide call `rowkeep deploy`, if the project has that script."""
    from rowkeep.files.project import deploy_script
    from rowkeep.files.project.npm_scripts import ScriptChange

    script = deploy_script.find_deploy_script()
    context.data["deploy_script"] = None if script is None else dataclasses.asdict(script)
    if script is None or script.fate is ScriptChange.SAME:
        return
    if script.fate is ScriptChange.KEPT:
        context.answer(f"{script.path}: kept: {script.why}")
        return
    if wanted is None and not context.json and sys.stdin.isatty():
        print_line(f"  {script.path} would call rowkeep deploy; the old one would be kept as {script.kept}", err=True)
        wanted = confirm(f"Replace {script.path}?", default=True)
    if not wanted:
        reason = "" if wanted is False else "; rowkeep init --deploy-script makes it call rowkeep deploy"
        context.answer(f"{script.path}: not changed{reason}")
        context.data["deploy_script"] = {**dataclasses.asdict(script), "fate": ScriptChange.KEPT, "kept": ""}
        return
    deploy_script.replace_deploy_script(script)
    context.answer(f"{script.path}: now calls rowkeep deploy; the old script is {script.kept}")


def _history(context: CommandContext, settings: Settings, directory: Directory) -> None:
    """Show the history, if a database is configured and reachable. Not an error otherwise."""
    from rowkeep.domain.count import count_text

    context.data["history"] = None
    if (settings.database or "").startswith("embedded:"):
        return
    try:
        with connection_string(context) as conninfo:
            state = _state(conninfo, settings)
    except Misused:
        return
    except RowkeepError as error:
        why = f": {error.why.splitlines()[0]}" if error.why else ""
        context.note(f"history: not read: {error.what}{why}")
        return
    names = {migration.name for migration in directory.migrations}
    applied, missing = len(state.names & names), sorted(state.names - names)
    table = f"{settings.history_schema}.{settings.history_table}"
    facts = {"applied": applied, "pending": len(names - state.names), "missing": missing}
    if not state.history_exists:
        context.answer(f"history: {state.database} has no table {table} yet", history={"table": table, **facts})
        return
    tail = f", {count_text(len(missing), 'applied one')} without a file: {', '.join(missing)}" if missing else ""
    context.answer(
        f"history: {applied} applied, {facts['pending']} pending in {state.database} ({table}){tail}",
        history={"table": table, **facts},
    )


def _state(conninfo: str, settings: Settings) -> State:
    from rowkeep.database.catalog.state import read_state
    from rowkeep.database.connection.session import connect

    with connect(conninfo, connect_timeout=5) as session:
        return read_state(session, settings)
