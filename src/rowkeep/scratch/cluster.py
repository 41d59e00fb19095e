"""Creates the files of a cluster with initdb, or copies them from an initdb template."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Unreachable
from rowkeep.programs import cache
from rowkeep.programs.background import NEVER, Cancellation
from rowkeep.programs.child_process import start_child
from rowkeep.programs.server_user import ServerUser
from rowkeep.scratch.server import USER

LOCALES = ("C.UTF-8", "C")
"""The first supported one is used. Case folding works as in any UTF-8 locale, and the sort order is by bytes."""

OPTIONS = ("-U", USER, "-A", "trust", "-E", "UTF8", "--no-instructions", "--no-sync")

CANCELLED_WITHIN = 0.05
"""Seconds between two looks at whether the result of a command is still needed."""

CONFIGURATION = ("postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf")

RECOVERY = ("standby.signal", "recovery.signal", "backup_label", "tablespace_map", "postmaster.opts", "postmaster.pid")
"""Files that make a server start otherwise than after a clean stop."""

NAMELESS = 'give this user a name: echo "rowkeep:x:$(id -u):$(id -g)::/tmp:/bin/sh" >> /etc/passwd   (in a container)'
"""The fix for containers whose user is not in /etc/passwd, which initdb requires."""


def initialize_cluster(programs: Programs, data: Path, who: ServerUser, cancellation: Cancellation = NEVER) -> None:
    """Create a new cluster in `data`, without fsync. Raises Unreachable with the output of initdb."""
    output = ""
    for locale in LOCALES:
        code, output = run_as_server_user(
            [programs.path("initdb"), "-D", str(data), f"--locale={locale}", *OPTIONS],
            who,
            server_environment(programs),
            cancellation=cancellation,
        )
        if code == 0:
            return
        if "locale" not in output:
            break
    raise Unreachable(
        f"initdb of PostgreSQL {programs.version} failed",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        where=str(data),
        why=output.strip().splitlines()[-4:],
        instead=(NAMELESS,) if "look up effective user" in output else ("rowkeep doctor",),
    )


def wait_until_synced(programs: Programs, data: Path, who: ServerUser) -> None:
    """Sync the cluster in `data` to the disk."""
    code, output = run_as_server_user(
        [programs.path("initdb"), "--sync-only", "-D", str(data)], who, server_environment(programs)
    )
    if code != 0:
        raise Unreachable(
            "cannot write a new cluster to the disk",
            code=ErrorCode.LOCAL_SERVER_FAILED,
            where=str(data),
            why=output.strip(),
        )


def copy_template_cluster(programs: Programs, data: Path, who: ServerUser, cancellation: Cancellation = NEVER) -> None:
    """Copy the template of these programs to `data`. The template is created on first use and kept in the cache."""
    template = _template(programs, who, cancellation)
    # A name of its own, by which ext4 chooses a place for it: see `temporary_directory`.
    part = data.with_name(f"{data.name}-{data.parent.name}")
    for how in (("-cR",), ("-R",)) if sys.platform == "darwin" else (("-R", "--reflink=auto"), ("-R",)):
        code, output = run_as_server_user(
            ["/bin/cp", *how, str(template), str(part)], who, {}, cancellation=cancellation
        )
        if code == 0:
            part.rename(data)
            return
        if "No space left" in output:
            break
        shutil.rmtree(part, ignore_errors=True)
    raise Unreachable(
        "cannot copy the template of a throw-away server",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        where=str(data),
        why=output.strip(),
    )


def reset_configuration(programs: Programs, data: Path, who: ServerUser) -> None:
    """Give the stopped cluster in `data` the configuration of a new one, whatever has changed it. Raises OSError.

    No link is followed: the directory belongs to the server user, and we may be root.
    """
    template = _template(programs, who, NEVER)
    directory = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for name in (*CONFIGURATION, *RECOVERY):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=directory)
        for name in CONFIGURATION:
            handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=directory)
            with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor
                file.write((template / name).read_bytes())
                if who.foreign:
                    os.fchown(handle, who.uid, who.gid)
    finally:
        os.close(directory)


def server_environment(programs: Programs) -> dict[str, str]:
    """The environment of a server process, without PG* variables."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    libraries = Path(programs.directory).parent / "lib"
    # dblink and postgres_fdw of downloaded programs find their libpq only through this path.
    own = {"LD_LIBRARY_PATH": str(libraries)} if (libraries.parent / "rowkeep.json").exists() else {}
    return {**kept, **own, "TZ": "UTC", "LC_MESSAGES": "C"}


def run_as_server_user(
    command: list[str],
    who: ServerUser,
    environment: Mapping[str, str],
    read: bytes | None = None,
    cancellation: Cancellation = NEVER,
) -> tuple[int, str]:
    """Run a command as the server user, with input `read`. Returns exit code and output. It never outlives us.

    Raises NotNeeded, and ends the command, if it is not needed any more.
    """
    with start_child(
        command,
        stdin=subprocess.DEVNULL if read is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=dict(environment),
        umask=0o077,
        user=who.uid if who.foreign else None,
        group=who.gid if who.foreign else None,
        extra_groups=[] if who.foreign else None,
    ) as child:
        output = _communicate(child, read, cancellation)
    return child.returncode, output.decode(errors="replace")


def _communicate(child: subprocess.Popen[bytes], read: bytes | None, cancellation: Cancellation) -> bytes:
    if cancellation is NEVER:
        return bytes(child.communicate(read)[0])
    while True:
        cancellation.check()
        try:
            return bytes(child.communicate(read, timeout=CANCELLED_WITHIN)[0])
        except subprocess.TimeoutExpired:
            continue


def _template(programs: Programs, who: ServerUser, cancellation: Cancellation) -> Path:
    """The data directory of the template, created under a lock, so that concurrent processes create it once.

    It is created anew if files are missing or have other sizes than initdb gave them, or somebody else owns it.
    """
    store = cache.cache_directory() / "templates"
    store.mkdir(mode=0o755, exist_ok=True)
    store.chmod(0o755)
    # The directory identifies the build (options, block size), the uid the owner of the files.
    key = (programs.directory, str(who.uid), *LOCALES, *OPTIONS)
    build = hashlib.sha256("\n".join(key).encode()).hexdigest()[:12]
    target = store / f"{build}-{programs.version}"
    # Not in the template, which belongs to the server's user.
    record = store / f"{target.name}.json"
    with cache.hold_file_lock(store / f".{build}.lock"):
        if not _is_whole(target, record, who):
            for older in store.glob(f"*{build}-*"):
                _remove(older)
            part = store / f".part-{build}-{os.getpid()}"
            part.mkdir(mode=0o700)
            try:
                initialize_cluster(programs, who.own(part) / "data", who, cancellation)
                wait_until_synced(programs, part / "data", who)
                record.write_text(json.dumps(_sizes(part / "data")), encoding="utf-8")
                (part / "data").rename(target)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    return target


def _is_whole(template: Path, record: Path, who: ServerUser) -> bool:
    """Whether the template is private to its user and has exactly the files that were recorded."""
    try:
        status = template.lstat()
        if status.st_uid != who.uid or stat.S_IMODE(status.st_mode) & 0o077:
            return False
        return bool(json.loads(record.read_text(encoding="utf-8")) == _sizes(template))
    except (OSError, ValueError):
        return False


def _sizes(template: Path) -> dict[str, int]:
    """The size of each file below `template`; -1 for what is neither a file nor a directory."""
    sizes: dict[str, int] = {}
    pending = [""]
    while pending:
        parent = pending.pop()
        with os.scandir(template / parent) as entries:
            for entry in entries:
                name = f"{parent}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{name}/")
                elif entry.is_file(follow_symlinks=False):
                    sizes[name] = entry.stat(follow_symlinks=False).st_size
                else:
                    sizes[name] = -1
    return sizes


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink(missing_ok=True)
