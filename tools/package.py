"""`python -m tools.package`: build the wheel and the sdist in `dist/`, and try them as a user does.

1. Build both from a clean copy of the tree, so that nothing left over in `build/` gets into them.
2. Build a wheel from the sdist: it must hold the same files as the first.
3. Install the wheel into a new environment, with the dependencies that the index has today, and run `rowkeep demo`.

What is inside the wheel is compared with the tree in `tests/packaging/`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tools.generate import ROOT

SOURCES = ("pyproject.toml", "README.md", "LICENSE", "src")
LEFTOVERS = shutil.ignore_patterns("__pycache__", "*.egg-info")
BACKEND = "import sys; from setuptools import build_meta; target = sys.argv[1]; "
WHEEL = BACKEND + "build_meta.build_wheel(target)"
BOTH = BACKEND + "build_meta.build_sdist(target); build_meta.build_wheel(target)"


def build(directory: Path) -> tuple[Path, Path]:
    """Build wheel and sdist of a copy of the tree in `directory`/dist; their paths."""
    tree, dist = directory / "tree", directory / "dist"
    tree.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=LEFTOVERS)
        else:
            shutil.copy(source, tree)
    _build(tree, BOTH, dist)
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    return wheel, sdist


def build_from_sdist(sdist: Path, directory: Path) -> Path:
    """Build the wheel again from the unpacked sdist; its path."""
    with tarfile.open(sdist) as archive:
        archive.extractall(directory, filter="data")
    (tree,) = (path for path in directory.iterdir() if path.is_dir())
    target = directory / "wheel"
    _build(tree, WHEEL, target)
    (wheel,) = target.glob("*.whl")
    return wheel


def contents(wheel: Path) -> dict[str, int]:
    """The checksum of every file in the wheel, by its name."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def try_out(wheel: Path, directory: Path) -> None:
    """Install the wheel into a new environment, and run the command from there."""
    environment = directory / "environment"
    _run(directory, sys.executable, "-m", "venv", str(environment))
    _run(directory, str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet",
         "--disable-pip-version-check", str(wheel))  # fmt: skip
    for words in (("--version",), ("demo",)):
        _run(directory, str(environment / "bin" / "rowkeep"), *words)


def main() -> int:
    """Do all three, and leave both files in `dist/`. 0, or 1 with the difference."""
    with tempfile.TemporaryDirectory(prefix="rowkeep-package-") as name:
        directory = Path(name)
        wheel, sdist = build(directory)
        (directory / "unpacked").mkdir()
        again = contents(build_from_sdist(sdist, directory / "unpacked"))
        different = sorted({name for name, _ in contents(wheel).items() ^ again.items()})
        if different:
            print("the wheel built from the sdist differs:", *different, sep="\n  ", file=sys.stderr)
            return 1
        try_out(wheel, directory)
        target = ROOT / "dist"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for path in (wheel, sdist):
            print(f"dist/{path.name}: {Path(shutil.copy(path, target)).stat().st_size:,} bytes")
    return 0


def _build(tree: Path, script: str, target: Path) -> None:
    """Run setuptools in `tree`; its hundreds of lines are shown only where it fails."""
    command = [sys.executable, "-c", script, str(target)]
    done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nthe build failed in {tree}")


def _run(directory: Path, *command: str) -> None:
    """Run a command in `directory`, without what could bring the tree or another Python in. Raises where it fails."""
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run(command, cwd=directory, env=environ, check=True)


if __name__ == "__main__":
    sys.exit(main())
