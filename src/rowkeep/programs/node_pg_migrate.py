"""Runs one migration with the project's own node-pg-migrate, which is never downloaded.

All other files are ignored, so it cannot run another migration. The options are in a configuration file that it reads
last, because files of the project override its flags. The database address, the only secret, is in its environment.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from rowkeep.config.libpq import HIDDEN, mask_secrets
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, field
from rowkeep.errors import ProgramMissing, Refused
from rowkeep.files.filesystem.regular import LARGEST_SETTINGS, read_regular
from rowkeep.files.project import node_pg_migrate_settings, package_json
from rowkeep.programs.child_process import end_child, start_child

NAME = "node-pg-migrate"
MAJORS = (7, 8, 9)
"""The supported (and tested) major versions."""
BEAT = 0.1


@dataclass(frozen=True, slots=True)
class NodePgMigrate:
    """node-pg-migrate as installed. program: its path; root: the project directory, where it runs.

    flags: flags of the npm scripts that change what a JavaScript migration means.
    """

    program: str
    root: str
    version: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodePgMigrateJob:
    """One migration in one direction. url: the database address; secret: the password in it."""

    direction: str
    name: str
    path: str
    schemas: tuple[str, ...]
    history_schema: str
    history_table: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    application: str
    options: str


def find_node_pg_migrate(start: Path) -> NodePgMigrate:
    """The installation that Node.js finds from `start` or from here upward. Raises ProgramMissing, Refused."""
    here = Path.cwd()
    for root in dict.fromkeys((start, *start.parents, here, *here.parents)):
        program = root / "node_modules" / ".bin" / NAME
        if program.exists():
            return _check_version(root, program)
    raise ProgramMissing(
        f"{NAME} is not installed in this project",
        code=ErrorCode.NODE_PG_MIGRATE_MISSING,
        where=str(start),
        why=f"looked for node_modules/.bin/{NAME} from there and from here upward; it is never downloaded",
        instead=("npm install", f"npm install --save-dev {NAME} pg", "rowkeep status"),
    )


def _check_version(root: Path, program: Path) -> NodePgMigrate:
    if shutil.which("node") is None:
        raise ProgramMissing(
            "Node.js is not on PATH",
            code=ErrorCode.NODE_PG_MIGRATE_MISSING,
            where=str(program),
            why=f"{NAME} runs in it",
            instead=("node --version",),
        )
    manifest = root / "node_modules" / NAME / "package.json"
    try:
        version = str(json.loads(manifest.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProgramMissing(
            f"cannot determine the version of {NAME}",
            code=ErrorCode.NODE_PG_MIGRATE_VERSION,
            where=str(manifest),
            why=str(error),
        ) from None
    if not any(version.startswith(f"{major}.") for major in MAJORS):
        raise Refused(
            f"{NAME} {version} is not supported",
            code=ErrorCode.NODE_PG_MIGRATE_VERSION,
            where=str(program),
            why=f"the tested versions are {', '.join(map(str, MAJORS))}",
            instead=(f"npm install --save-dev {NAME}@{MAJORS[-1]}",),
        )
    return NodePgMigrate(str(program), str(root), version, _flags(root))


def _flags(root: Path) -> tuple[str, ...]:
    try:
        lines = package_json.read_scripts(
            read_regular(root / "package.json", largest=LARGEST_SETTINGS).decode("utf-8")
        )
    except (OSError, ValueError):
        return ()
    return node_pg_migrate_settings.layout_flags(lines)


def run_job(
    tool: NodePgMigrate, action: NodePgMigrateJob, on_line: Callable[[str], None], stopped: Callable[[], bool]
) -> int:
    """Run it to its end and return its exit code (negative for a signal).

    on_line: called with each line of output, without secrets. stopped: called ten times a second; if true, the program
    gets SIGINT. It never outlives us (`start_child`). Raises ProgramMissing.
    """
    with tempfile.TemporaryDirectory(prefix="rowkeep-") as place:
        file = Path(place) / "node-pg-migrate.json"
        file.write_text(json.dumps(_configuration(action)), encoding="utf-8")
        words = [tool.program, action.direction, action.name, "--config-file", str(file), "--no-lock", *tool.flags]
        words += ["--database-url-var", "DATABASE_URL"]
        environment = {
            **os.environ,
            "DATABASE_URL": action.url,
            "PGAPPNAME": action.application,
            "PGOPTIONS": action.options,
        }
        try:
            with start_child(
                words,
                cwd=tool.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as child:
                _follow(child, lambda line: on_line(_format_output(line, action)), stopped)
        except OSError as error:
            raise ProgramMissing(
                f"cannot run {NAME}", code=ErrorCode.PROGRAM_NOT_RUNNABLE, where=tool.program, why=error.strerror
            ) from None
        return child.returncode


def _configuration(action: NodePgMigrateJob) -> Mapping[str, object]:
    """The configuration: no lock and no order check, which Rowkeep does itself, and exactly one file."""
    path = Path(action.path).absolute()
    return {
        "migrations-dir": str(path.parent),
        "use-glob": False,
        "ignore-pattern": f"(?!{_literal(path.name)}$).*",
        "schema": list(action.schemas),
        "create-schema": False,
        "migrations-schema": action.history_schema,
        "create-migrations-schema": False,
        "migrations-table": action.history_table,
        "check-order": False,
    }


def _literal(text: str) -> str:
    """A JavaScript regular expression that matches only this text."""
    return re.sub(r"[\\^$.*+?()\[\]{}|/-]", lambda match: "\\" + match.group(), text)


def _follow(child: subprocess.Popen[bytes], on_line: Callable[[str], None], stopped: Callable[[], bool]) -> None:
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_listen, args=(child.stdout, lines), daemon=True)
    reader.start()
    open_ended = True
    while open_ended:
        if stopped():
            end_child(child)
        try:
            line = lines.get(timeout=BEAT)
        except queue.Empty:
            # A process that it started may keep the output open.
            open_ended = child.poll() is None
            continue
        if line is None:
            break
        if line.strip():
            on_line(line)
    child.wait()


def _listen(pipe: IO[bytes] | None, lines: queue.SimpleQueue[str | None]) -> None:
    for line in pipe or ():
        lines.put(line.decode(errors="backslashreplace").rstrip())
    lines.put(None)


def _format_output(line: str, action: NodePgMigrateJob) -> str:
    """The line with the password masked, plain or URL-encoded."""
    if action.secret:
        from urllib.parse import quote

        for secret in (action.url, quote(action.secret, safe=""), action.secret):
            line = line.replace(secret, HIDDEN)
    return mask_secrets(line)
