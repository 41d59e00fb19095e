"""Installing peers into the cache: pinned, once, and again when the pin changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.cost import Failed


def npm(cache: Path, name: str, packages: Sequence[str]) -> Path:
    """The directory below which `node_modules` holds the packages."""
    place = cache / name

    def fill() -> None:
        run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), *packages])

    return _once(place, packages, fill)


def pip(cache: Path, name: str, packages: Sequence[str]) -> Path:
    """A virtual environment that holds the packages."""
    place = cache / name

    def fill() -> None:
        run([sys.executable, "-m", "venv", "--clear", str(place)])
        python = str(place / "bin" / "python")
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])

    return _once(place, packages, fill)


def run(arguments: list[str]) -> None:
    """Run an installer; Failed with its words."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=600)
    except FileNotFoundError:
        raise Failed(f"{arguments[0]} is not installed; leave its peers out with --peers") from None
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}\n{done.stdout}{done.stderr}")


def _once(place: Path, packages: Sequence[str], fill: Callable[[], None]) -> Path:
    mark, wanted = place / ".installed", "\n".join(packages)
    if not mark.exists() or mark.read_text() != wanted:
        place.mkdir(parents=True, exist_ok=True)
        fill()
        mark.write_text(wanted)
    return place
