"""The fragments of changelog.d/ become the newest section of CHANGELOG.md, and every fragment is well formed."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S
from tools.generate import ROOT

TYPES = [
    entry["directory"]
    for entry in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]["type"]
]
FRAGMENT = re.compile(rf"(?:\+[a-z]+(?:-[a-z0-9]+)+|\d+)\.(?:{'|'.join(TYPES)})(?:\.\d+)?\.md")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with our settings of towncrier and our empty CHANGELOG.md, and no fragment."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\nNewest first.\n\n<!-- towncrier release notes start -->\n")
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d" / "README.md").write_text("how-to\n")
    return tmp_path


def release(tree: Path, version: str, date: str) -> None:
    """Do what `make changelog VERSION=version` does, on the day `date`."""
    command = [sys.executable, "-m", "towncrier", "build", "--yes", "--version", version, "--date", date]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr


def test_fragments_become_the_newest_section(tree: Path) -> None:
    fragments = tree / "changelog.d"
    (fragments / "+up-locks.feature.md").write_text("`up` waits politely.\nIt says for whom.\n")
    (fragments / "+cli-hints.fix.md").write_text("Hints.\n")
    (fragments / "+cli-hints.fix.1.md").write_text("More hints.\n")
    release(tree, "0.2.0", "2026-01-02")
    (fragments / "12.security.md").write_text("`lint --fix`.\n")
    release(tree, "0.3.0", "2026-02-03")
    assert (tree / "CHANGELOG.md").read_text() == (
        "# Changelog\n\nNewest first.\n\n<!-- towncrier release notes start -->\n\n"
        "## 0.3.0 (2026-02-03)\n\n### Security\n\n- `lint --fix`. (#12)\n\n\n"
        "## 0.2.0 (2026-01-02)\n\n### Added\n\n- `up` waits politely.\n  It says for whom.\n\n"
        "### Fixed\n\n- Hints.\n- More hints.\n"
    )
    assert [path.name for path in fragments.iterdir()] == ["README.md"]


def test_make_changelog_needs_a_version() -> None:
    done = subprocess.run(["make", "-n", "changelog"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2
    assert "usage: make changelog VERSION=1.2.3" in done.stderr


def test_every_fragment_has_a_type_and_is_short() -> None:
    for path in (ROOT / "changelog.d").iterdir():
        if path.name != "README.md":
            assert FRAGMENT.fullmatch(path.name), f"{path.name}: name it +AREA-SHORT.TYPE.md (changelog.d/README.md)"
            text = path.read_text(encoding="utf-8").strip()
            assert 0 < len(text.splitlines()) <= 4, f"{path.name}: one or two sentences"
            assert not text.startswith("- "), f"{path.name}: no bullet, towncrier writes it"


def test_the_changelog_has_the_place_where_towncrier_writes() -> None:
    assert "<!-- towncrier release notes start -->" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
