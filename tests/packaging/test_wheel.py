"""What `pip install` brings is what the tree holds, and the command works where nothing else is installed."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The wheel of a copy of the tree: the build writes beside what it reads."""
    directory = tmp_path_factory.mktemp("wheel")
    copy = directory / "rowkeep"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(SOURCE, copy / "src", ignore=leftovers)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(directory), str(copy))
    (built,) = directory.glob("*.whl")
    yield built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    wanted = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.joinpath("rowkeep").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed - wanted == set(), "in the wheel, not in the tree"
    assert wanted - packed == set(), "in the tree, not in the wheel: add its ending to package-data in pyproject.toml"
    assert "rowkeep/py.typed" in packed


def test_the_wheel_carries_the_licence_and_asks_for_python_311(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
        assert any(name.endswith("/LICENSE") for name in archive.namelist())
    assert "Requires-Python: >=3.11" in text
    assert "License-Expression: Apache-2.0" in text


def test_the_installed_command_answers(wheel: Path, tmp_path: Path) -> None:
    """Into a directory of its own, with the dependencies that are installed here: no network."""
    target = tmp_path / "site"
    _pip("install", "--no-deps", "--quiet", "--target", str(target), str(wheel))
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(target)}
    script = target / "bin" / "rowkeep"
    for arguments in (["--version"], ["--help"], ["completion", "bash"]):
        done = subprocess.run(
            [sys.executable, str(script), *arguments], cwd=tmp_path, env=environ, capture_output=True, text=True
        )
        assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr
    where = subprocess.run(
        [sys.executable, "-c", "import rowkeep; print(rowkeep.__file__)"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert where.stdout.startswith(str(target))


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
