"""Fragments become a chapter, newest first; and each fragment is one that can."""

import re
from datetime import date
from pathlib import Path

import pytest
from tools.changelog import assemble, main
from tools.generate import ROOT


def test_fragments_become_the_newest_chapter(tmp_path: Path) -> None:
    fragments = tmp_path / "changelog.d"
    fragments.mkdir()
    (fragments / "README.md").write_text("how-to\n")
    (fragments / "up-locks.md").write_text("`up` waits politely.\nIt says for whom.\n")
    (fragments / "cli-hints.md").write_text("Hints.\n")
    assert assemble(tmp_path, "0.2.0", date(2026, 1, 2)) is not None
    (fragments / "lint-fix.md").write_text("`lint --fix`.\n")
    assert assemble(tmp_path, "0.3.0", date(2026, 2, 3)) is not None
    assert (tmp_path / "CHANGELOG.md").read_text() == (
        "# Changelog\n\n## 0.3.0 (2026-02-03)\n\n- **lint**: `lint --fix`.\n\n"
        "## 0.2.0 (2026-01-02)\n\n- **cli**: Hints.\n- **up**: `up` waits politely.\n  It says for whom.\n"
    )
    assert [path.name for path in fragments.iterdir()] == ["README.md"]
    assert assemble(tmp_path, "0.4.0", date(2026, 3, 4)) is None


def test_a_version_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["next"]) == 2
    assert "make changelog VERSION=" in capsys.readouterr().err


def test_every_fragment_is_named_after_a_room_and_short() -> None:
    for path in (ROOT / "changelog.d").glob("*.md"):
        if path.name != "README.md":
            assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+\.md", path.name), path.name
            assert 0 < len(path.read_text().strip().splitlines()) <= 4, path.name
