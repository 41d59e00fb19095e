"""`rowkeep init`: sets a project up, or adopts the one that is there. Run again, it changes nothing."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from typing import TYPE_CHECKING

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.reach import reach
from rowkeep.cli.speech import confirmed, say
from rowkeep.errors import Misused, RowkeepError

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.domain.migration import Directory
    from rowkeep.domain.state import State
    from rowkeep.files.npm_scripts import Script


@declared("init")
@click.option(
    "--npm-scripts/--no-npm-scripts",
    default=None,
    help="Put the familiar scripts into package.json, or do not; without it, a person at a terminal is asked.",
)
@click.option(
    "--deploy-script/--no-deploy-script",
    default=None,
    help="Make scripts/safe-deploy.sh call `rowkeep deploy`, the old one kept beside; asked as above.",
)
def command(door: Door, *, npm_scripts: bool | None, deploy_script: bool | None) -> None:
    """Set a project up, or adopt an existing one: its migrations, its history, its scripts.

    Writes rowkeep.toml and, in a git repository, two lines of .gitignore. Never writes over what is there; run again,
    it changes nothing. A database is looked at where one is configured, and never changed.
    """
    from rowkeep.files import adopt, project
    from rowkeep.files.write import make_directory

    present = project.package_scripts()
    old = project.old_tool(present)
    values = adopt.values(door.settings, old, project.directories())
    settings = adopt.settings_with(door.settings, values)
    written = settings.config_file is None and project.write_settings(values)
    for line in adopt.contradictions(settings, old) if settings.config_file else ():
        door.note(f"warning: {line}")
    made = make_directory(settings.migrations_dir)
    directory = _migrations(door, settings, made)
    name = settings.config_file or "rowkeep.toml"
    door.answer(f"{name}: {'written' if written else 'there already'}", config={"path": name, "written": written})
    ignored = project.ignore((*_inside(settings.backups_dir), ".rowkeep/"))
    if ignored:
        door.answer(f".gitignore: {', '.join(ignored)} added")
    door.data["gitignore"] = list(ignored)
    if present is not None:
        _scripts(door, present, npm_scripts)
    _deploy_script(door, deploy_script)
    _history(door, settings, directory)
    door.note(f"next: {_next(directory)}")


def _next(directory: Directory) -> str:
    """What to type next: `up` runs our own layouts only, and another tool's files are imported first."""
    from rowkeep.plan.objections import LAYOUTS

    if not directory.migrations:
        return "rowkeep create NAME"
    if directory.layout in LAYOUTS:
        return "rowkeep status"
    return (
        f"rowkeep import {shlex.quote(directory.path)} --migrations-dir NEW   "
        f"(NEW: a new directory; files of {directory.layout} are not run where they are)"
    )


def _migrations(door: Door, settings: Settings, made: bool) -> Directory:
    from rowkeep import files
    from rowkeep.report.events import count_text
    from rowkeep.report.remarks import remark_data, remark_line

    directory = files.read(settings)
    remarks = directory.every_remark
    state = "made" if made else f"{count_text(len(directory.migrations), 'migration')} ({directory.layout})"
    tail = f", {count_text(len(remarks), 'remark')}" if remarks else ""
    door.answer(
        "\n".join([f"{directory.path}: {state}{tail}", *(f"  {remark_line(remark)}" for remark in remarks)]),
        migrations={
            "path": directory.path,
            "made": made,
            "layout": directory.layout,
            "count": len(directory.migrations),
            "remarks": [remark_data(remark) for remark in remarks],
        },
    )
    return directory


def _inside(backups: str) -> tuple[str, ...]:
    """The directory of the backups as a line of .gitignore, where it lies in the project."""
    return () if backups.startswith(("/", "..")) else (f"{backups}/",)


def _scripts(door: Door, present: dict[str, str], wanted: bool | None) -> None:
    from rowkeep.files import project
    from rowkeep.files.npm_scripts import Fate, planned

    plan = planned(present)
    open_ones = {script.name: script.line for script in plan if script.fate in (Fate.ADDED, Fate.REPLACED)}
    if open_ones and wanted is None:
        wanted = _asked(door, plan)
    if open_ones and not wanted:
        reason = "" if wanted is False else "; rowkeep init --npm-scripts puts them in"
        door.answer(f"package.json: not changed{reason}", scripts=[])
        return
    project.set_scripts(open_ones)
    lines = [f"  {_script_line(script)}" for script in plan]
    door.answer("\n".join(["package.json:", *lines]), scripts=[dataclasses.asdict(script) for script in plan])


def _asked(door: Door, plan: tuple[Script, ...]) -> bool | None:
    """A person's answer; None where nobody is here to ask."""
    if door.json or not sys.stdin.isatty():
        return None
    for script in plan:
        say(f"  {_script_line(script, done=False)}", err=True)
    return confirmed("Put these scripts into package.json?", default=True)


def _script_line(script: Script, *, done: bool = True) -> str:
    """What became of a script, or (not done) what would."""
    fate = script.fate.value
    if fate == "kept":
        return f"{script.name}: kept: {script.old} (ours would be: {script.line})"
    if not done and fate in ("added", "replaced"):
        now = f", in place of: {script.old}" if script.old else ""
        return f"{script.name}: would be {fate}: {script.line}{now}"
    was = f" (was: {script.old})" if fate == "replaced" else ""
    return f"{script.name}: {fate}: {script.line}{was}"


def _deploy_script(door: Door, wanted: bool | None) -> None:
    """The script of the guide, where the project has one: it becomes `rowkeep deploy`, if a person wants that."""
    from rowkeep.files import deploy_script
    from rowkeep.files.npm_scripts import Fate

    script = deploy_script.find()
    door.data["deploy_script"] = None if script is None else dataclasses.asdict(script)
    if script is None or script.fate is Fate.SAME:
        return
    if script.fate is Fate.KEPT:
        door.answer(f"{script.path}: kept: {script.why}")
        return
    if wanted is None and not door.json and sys.stdin.isatty():
        say(f"  {script.path} would call rowkeep deploy; the old one would be kept as {script.kept}", err=True)
        wanted = confirmed(f"Replace {script.path}?", default=True)
    if not wanted:
        reason = "" if wanted is False else "; rowkeep init --deploy-script makes it call rowkeep deploy"
        door.answer(f"{script.path}: not changed{reason}")
        door.data["deploy_script"] = {**dataclasses.asdict(script), "fate": Fate.KEPT, "kept": ""}
        return
    deploy_script.replace(script)
    door.answer(f"{script.path}: calls rowkeep deploy now; the old one is {script.kept}")


def _history(door: Door, settings: Settings, directory: Directory) -> None:
    """What history holds, where a server is configured and answers; its absence is no failure."""
    from rowkeep.report.events import count_text

    door.data["history"] = None
    if (settings.database or "").startswith("embedded:"):
        return
    try:
        with reach(door) as conninfo:
            state = _state(conninfo, settings)
    except Misused:
        return
    except RowkeepError as error:
        why = f": {error.why.splitlines()[0]}" if error.why else ""
        door.note(f"history: not looked at: {error.what}{why}")
        return
    names = {migration.name for migration in directory.migrations}
    applied, missing = len(state.names & names), sorted(state.names - names)
    table = f"{settings.history_schema}.{settings.history_table}"
    facts = {"applied": applied, "pending": len(names - state.names), "missing": missing}
    if not state.history_exists:
        door.answer(f"history: {state.database} has no table {table} yet", history={"table": table, **facts})
        return
    tail = f", {count_text(len(missing), 'applied one')} without a file: {', '.join(missing)}" if missing else ""
    door.answer(
        f"history: {applied} applied, {facts['pending']} pending in {state.database} ({table}){tail}",
        history={"table": table, **facts},
    )


def _state(conninfo: str, settings: Settings) -> State:
    from rowkeep.database.look import look
    from rowkeep.database.session import connect

    with connect(conninfo, connect_timeout=5) as session:
        return look(session, settings)
