"""psycopg is told its version, which it would otherwise look up with a dozen modules at each start."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S

from rowkeep.database.driver_version import PACKAGES, find_versions

IMPORTED = """
import json, sys
import rowkeep.database
lean = [name for name in ("importlib.metadata", "email", "zipfile") if name in sys.modules]
import psycopg, psycopg.version, psycopg_binary.version
versions = [psycopg.__version__, psycopg.version.__version__, psycopg_binary.__version__]
print(json.dumps([lean, versions, psycopg_binary.version.__version__]))
"""


def test_the_version_is_that_of_the_installed_package() -> None:
    assert find_versions() == {
        "psycopg": importlib.metadata.version("psycopg"),
        "psycopg_binary": importlib.metadata.version("psycopg-binary"),
    }


def test_psycopg_is_imported_with_it_and_nothing_is_looked_up() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    version = importlib.metadata.version("psycopg")
    assert json.loads(done.stdout) == [[], [version] * 3, version]


@pytest.mark.parametrize("names", [(), ("psycopg-3.1.0.dist-info", "psycopg-3.2.0.dist-info")])
def test_where_it_is_not_plain_to_see_psycopg_looks_it_up(
    names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "psycopg"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in names:
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert find_versions() == {}


def test_psycopg_still_looks_for_its_version_in_these_modules() -> None:
    """Otherwise what we tell it is not read any more."""
    place = Path(psycopg.__file__).parent.parent
    for package in PACKAGES:
        text = (place / package / "__init__.py").read_text(encoding="utf-8")
        assert "from .version import __version__" in text
