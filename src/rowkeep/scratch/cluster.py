"""A cluster's files: made by initdb, or copied from a template that initdb made earlier."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Unreachable
from rowkeep.programs import cache
from rowkeep.programs.child_process import start_child
from rowkeep.programs.server_user import ServerUser
from rowkeep.scratch.server import USER

LOCALES = ("C.UTF-8", "C")
"""The first that the system knows: letters fold as in any UTF-8 locale, bytes decide the order everywhere alike."""

NAMELESS = 'give this user a name: echo "rowkeep:x:$(id -u):$(id -g)::/tmp:/bin/sh" >> /etc/passwd   (in a container)'
"""What helps where a container runs under a number without a line in /etc/passwd: initdb insists on one."""


def initialize_cluster(programs: Programs, data: Path, who: ServerUser) -> None:
    """Make a new cluster in `data`, without waiting for the disk. Raises Unreachable with initdb's words."""
    said = ""
    for locale in LOCALES:
        code, said = run_as_server_user(
            [
                *(programs.path("initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8"),
                *(f"--locale={locale}", "--no-instructions", "--no-sync"),
            ],
            who,
            server_environment(programs),
        )
        if code == 0:
            return
        if "locale" not in said:
            break
    raise Unreachable(
        f"initdb of PostgreSQL {programs.version} failed",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        where=str(data),
        why=said.strip().splitlines()[-4:],
        instead=(NAMELESS,) if "look up effective user" in said else ("rowkeep doctor",),
    )


def wait_until_synced(programs: Programs, data: Path, who: ServerUser) -> None:
    """Wait until the cluster in `data` is safe on the disk."""
    code, said = run_as_server_user(
        [programs.path("initdb"), "--sync-only", "-D", str(data)], who, server_environment(programs)
    )
    if code != 0:
        raise Unreachable(
            "a new cluster cannot be written to the disk",
            code=ErrorCode.LOCAL_SERVER_FAILED,
            where=str(data),
            why=said.strip(),
        )


def copy_template_cluster(programs: Programs, data: Path, who: ServerUser) -> None:
    """Fill `data` from the template of these programs, which is made on first use and kept in the cache."""
    template = _template(programs, who)
    for how in (("-cR",), ("-R",)) if sys.platform == "darwin" else (("-R", "--reflink=auto"), ("-R",)):
        code, said = run_as_server_user(["/bin/cp", *how, str(template), str(data)], who, {})
        if code == 0:
            return
        if "No space left" in said:
            break
        shutil.rmtree(data, ignore_errors=True)
    raise Unreachable(
        "cannot copy the template of a throw-away server",
        code=ErrorCode.LOCAL_SERVER_FAILED,
        where=str(data),
        why=said.strip(),
    )


def server_environment(programs: Programs) -> dict[str, str]:
    """What a server's process sees of our environment: no PG* variable may lead it astray."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    libraries = Path(programs.directory).parent / "lib"
    # The fetched programs' dblink and postgres_fdw find their libpq only along this path.
    own = {"LD_LIBRARY_PATH": str(libraries)} if (libraries.parent / "rowkeep.json").exists() else {}
    return {**kept, **own, "TZ": "UTC", "LC_MESSAGES": "C"}


def run_as_server_user(
    command: list[str], who: ServerUser, environment: Mapping[str, str], read: bytes | None = None
) -> tuple[int, str]:
    """Run a command as the server's user, with `read` as its input; its exit code and words. It never outlives us."""
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
        said: bytes = child.communicate(read)[0]
    return child.returncode, said.decode(errors="replace")


def _template(programs: Programs, who: ServerUser) -> Path:
    """The data directory of the template; made under a lock, so two processes make it once."""
    store = cache.cache_directory() / "templates"
    store.mkdir(mode=0o755, exist_ok=True)
    store.chmod(0o755)
    # The directory stands for the build (its options, its block size), the user for the files' owner.
    build = hashlib.sha256(f"{programs.directory}\n{who.uid}".encode()).hexdigest()[:12]
    target = store / f"{build}-{programs.version}"
    with cache.hold_file_lock(store / f".{build}.lock"):
        if not (target / "PG_VERSION").exists():
            for older in store.glob(f"*{build}-*"):
                shutil.rmtree(older, ignore_errors=True)
            part = store / f".part-{build}-{os.getpid()}"
            part.mkdir(mode=0o700)
            try:
                initialize_cluster(programs, who.own(part) / "data", who)
                (part / "data").rename(target)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    return target
