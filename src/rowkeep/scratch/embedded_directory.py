"""The directory of the embedded server: where it is, who owns it, and whether it is valid."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import dataclass
from rowkeep.errors import Misused
from rowkeep.knowledge.program_locations import MAJORS
from rowkeep.programs.server_user import ServerUser, choose_server_user
from rowkeep.scratch import lifetime, made_here, temporary_directory
from rowkeep.scratch.spec import EmbeddedSpec

SHARED = Path("/var/lib/rowkeep/embedded")
"""The directory for servers of root's projects, if other users cannot enter the project."""


@dataclass(frozen=True, slots=True)
class EmbeddedHome:
    """A directory for an embedded server. who: its owner, who runs the server; new: it is still empty."""

    directory: Path
    major: int
    who: ServerUser
    new: bool


def resolve_home(spec: EmbeddedSpec, project: Path, emit: Emit | None = None) -> EmbeddedHome:
    """The directory of `spec` in `project`; nothing is created. Raises Misused if it contains something else."""
    directory = Path(spec.directory).expanduser() if spec.directory else _default(spec, project.resolve(), emit)
    directory = Path(os.path.abspath(directory))  # noqa: PTH100 - resolve() would follow the user's own symbolic links
    major = _major(directory)
    if major is None:
        if directory.is_dir() and any(directory.iterdir()) and not (directory / lifetime.JOIN).exists():
            raise Misused(
                "this directory contains something other than an embedded server",
                code=ErrorCode.EMBEDDED_DIRECTORY_UNUSABLE,
                where=str(directory),
                instead=("name an empty or a new directory",),
            )
        who = choose_server_user()
        if who.foreign and not who.reaches(_existing_parent(directory)):
            raise Misused(
                "the embedded server cannot use this directory",
                code=ErrorCode.EMBEDDED_DIRECTORY_UNUSABLE,
                where=str(directory),
                why=f"PostgreSQL refuses to run as root, and {who.name} cannot enter {_existing_parent(directory)}",
                instead=("name a directory that others can enter", "run rowkeep as an ordinary user"),
            )
        return EmbeddedHome(directory, spec.major or MAJORS[-1], who, True)
    if major not in MAJORS or (spec.major is not None and major != spec.major):
        expected = spec.major or f"{MAJORS[0]} to {MAJORS[-1]}"
        raise Misused(
            f"this directory is of PostgreSQL {major}, not {expected}",
            code=ErrorCode.EMBEDDED_DIRECTORY_UNUSABLE,
            where=str(directory),
            why="a cluster's files belong to one major; they are not converted",
            instead=(f"embedded:{major}", "dump it with the programs of its major, and restore it into a new one"),
        )
    return EmbeddedHome(directory, major, _owner(directory), False)


def socket_directory(home: EmbeddedHome) -> Path:
    """The directory for the unix socket: that of the server, or a shorter one if its name is too long."""
    if len(os.fsencode(home.directory)) <= temporary_directory.SOCKET:
        return home.directory
    mark = hashlib.sha256(os.fsencode(home.directory)).hexdigest()[:12]
    short = temporary_directory.temporary_parents()[-1] / f"rowkeep-{home.who.uid}-{mark}"
    short.mkdir(mode=0o700, exist_ok=True)
    home.who.own(short)
    if short.is_symlink() or short.stat().st_uid != home.who.uid or short.stat().st_mode & 0o077:
        raise Misused(
            "another user owns the directory for the server socket",
            code=ErrorCode.EMBEDDED_DIRECTORY_UNUSABLE,
            where=str(short),
        )
    return short


def _default(spec: EmbeddedSpec, project: Path, emit: Emit | None) -> Path:
    """`.rowkeep/embedded/MAJOR` in the project: the given major, else the newest existing one, else the newest."""
    own = project / ".rowkeep" / "embedded"
    who = choose_server_user()
    if who.foreign and not own.exists() and not who.reaches(project):
        slug = re.sub(r"[^A-Za-z0-9_-]+", "-", project.name) or "root"
        own = SHARED / f"{slug}-{hashlib.sha256(os.fsencode(project)).hexdigest()[:8]}"
        if emit is not None:
            emit(Noted(f"{who.name}, who runs the embedded server, cannot enter {project}, so the server is in {own}"))
    there = [major for major in MAJORS if (own / str(major) / lifetime.DATA).is_dir()]
    return own / str(spec.major or max(there, default=MAJORS[-1]))


def _major(directory: Path) -> int | None:
    """The major of the cluster in `directory`, or None."""
    if (directory / "PG_VERSION").exists():
        raise Misused(
            "this is the data directory of a cluster, not of an embedded server",
            code=ErrorCode.EMBEDDED_DIRECTORY_UNUSABLE,
            where=str(directory),
            why="Rowkeep does not take over clusters that something else may run",
            instead=("start it as usual and use its URL",),
        )
    made_here.refuse_links(directory)
    try:
        return int((directory / lifetime.DATA / "PG_VERSION").read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except (NotADirectoryError, IsADirectoryError, ValueError):
        raise Misused(
            "this directory contains something other than an embedded server",
            code=ErrorCode.EMBEDDED_DIRECTORY_UNUSABLE,
            where=str(directory / lifetime.DATA),
            instead=("name an empty or a new directory",),
        ) from None
    except PermissionError:
        owner = directory.stat().st_uid
        raise Misused(
            "the embedded server belongs to another user",
            code=ErrorCode.EMBEDDED_DIRECTORY_UNUSABLE,
            where=str(directory),
            why=f"its files belong to {_name(owner)}",
            instead=("run rowkeep as root, as when it was created", f"run rowkeep as {_name(owner)}"),
        ) from None


def _owner(directory: Path) -> ServerUser:
    """The user who runs the server of an existing cluster: the owner of its files."""
    found = (directory / lifetime.DATA).stat()
    return ServerUser(_name(found.st_uid), found.st_uid, found.st_gid, foreign=found.st_uid != os.geteuid())


def _existing_parent(directory: Path) -> Path:
    """The nearest existing parent directory."""
    return next(parent for parent in (directory, *directory.parents) if parent.is_dir())


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
