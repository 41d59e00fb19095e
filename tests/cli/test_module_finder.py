"""The finder of our own modules: it finds what Python's own finds, and leaves to Python what is not plain."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from rowkeep import module_finder

SEEN = """
import sys
from rowkeep.__main__ import run_arguments
if sys.argv[1] == "python":
    import rowkeep.module_finder
    rowkeep.module_finder.install_finder = lambda: None
assert run_arguments(["lint", "--no-cache", sys.argv[2]]) == 0
ours = {name: module for name, module in sys.modules.items() if name.startswith("rowkeep.")}
for name, module in sorted(ours.items()):
    spec = module.__spec__
    paths = (module.__file__, module.__cached__, list(getattr(module, "__path__", ())), module.__package__)
    print(name, *paths, spec.origin, spec.cached, spec.has_location, spec.submodule_search_locations, file=sys.stderr)
kinds = {type(module.__loader__).__name__ for name, module in ours.items() if name.startswith("rowkeep.rules.")}
print(kinds, len(ours) > 150)
"""


def test_modules_are_those_that_python_finds(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text;\n")
    runs = [
        subprocess.run(
            [sys.executable, "-c", SEEN, finder, str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE_S
        )
        for finder in ("ours", "python", "ours")  # the first one may write .pyc files
    ]
    assert [run.returncode for run in runs] == [0, 0, 0], runs[0].stderr
    assert "{'SourceFileLoader'} True" in runs[1].stdout
    assert "{'OwnModuleLoader'} True" in runs[2].stdout
    assert runs[2].stderr == runs[1].stderr


def load(root: Path, *options: str, **environ: str) -> tuple[str, str]:
    """The value in the module `example` of a package of our name, and the kind of its loader."""
    script = (
        f"import sys; sys.path.insert(0, {str(root)!r}); from rowkeep.module_finder import install_finder; "
        "install_finder(); from rowkeep.inner import example; "
        "print(example.VALUE, type(example.__loader__).__name__, example.__file__, example.read.__code__.co_filename)"
    )
    environ = {**{key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}, **environ}
    done = subprocess.run(
        [sys.executable, *options, "-c", script],
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    value, loader, *files = done.stdout.split()
    assert files == [str(root / "rowkeep/inner/example.py")] * 2
    return value, loader


@pytest.fixture
def root(tmp_path: Path) -> Path:
    package = tmp_path / "rowkeep"
    (package / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/__init__.py"):
        (package / name).write_text("")
    (package / "module_finder.py").write_bytes(Path(module_finder.__file__).read_bytes())
    write(tmp_path, "1", 1_000_000_000)
    return tmp_path


def write(root: Path, value: str, time: int) -> None:
    """The module with this value and time."""
    path = root / "rowkeep/inner/example.py"
    path.write_text(f"VALUE = {value}\n\n\ndef read(): ...\n")
    os.utime(path, (time, time))


def compiled(root: Path) -> Path:
    (path,) = (root / "rowkeep/inner/__pycache__").glob("example.*.pyc")
    return path


OURS, PYTHONS = "OwnModuleLoader", "SourceFileLoader"


def test_a_compiled_module_is_found(root: Path) -> None:
    assert load(root) == ("1", PYTHONS)  # there was no .pyc file
    assert load(root) == ("1", OURS)


def test_a_changed_source_is_compiled(root: Path) -> None:
    load(root)
    write(root, "2", 1_000_000_001)
    assert load(root) == ("2", PYTHONS)
    write(root, "34", 1_000_000_001)
    assert load(root) == ("34", PYTHONS)
    assert load(root) == ("34", OURS)


def test_a_damaged_file_is_made_again(root: Path) -> None:
    load(root)
    data = compiled(root).read_bytes()
    for damaged in (b"", data[:10], b"\0" + data[1:], data[:4] + b"\1" + data[5:8] + bytes(8) + data[16:]):
        compiled(root).write_bytes(damaged)
        assert load(root)[0] == "1"
        compiled(root).write_bytes(data)
        assert load(root) == ("1", OURS)


def test_a_file_compiled_elsewhere_is_left_to_python(root: Path) -> None:
    """Python corrects the paths in it."""
    load(root)
    subprocess.run([sys.executable, "-m", "compileall", "-qf", "rowkeep"], cwd=root, check=True, timeout=PATIENCE_S)
    os.utime(root / "rowkeep/inner/example.py", (1_000_000_000, 1_000_000_000))
    assert load(root) == ("1", PYTHONS)


def test_other_ways_to_compile_are_left_to_python(root: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert load(root, "-O") == ("1", PYTHONS)
        assert load(root, PYTHONPYCACHEPREFIX=str(tmp_path / "elsewhere")) == ("1", PYTHONS)
    (root / "rowkeep/inner/example.py").rename(root / "rowkeep/inner/other.py")
    with pytest.raises(subprocess.CalledProcessError) as error:
        load(root)
    assert "ImportError: cannot import name 'example'" in str(error.value.stderr)
