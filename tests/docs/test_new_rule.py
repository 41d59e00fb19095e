"""A new rule's frame is a rule: it has a free code, and its examples do what they must."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S
from tools.generate import ROOT
from tools.new_rule import frame, free_code, main

from rowkeep.domain.lint.rule_page import SECTIONS, parse_page


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src" / "rowkeep" / "rules").mkdir(parents=True)
    (tmp_path / "docs" / "rules").mkdir(parents=True)
    (tmp_path / "docs" / "rules" / "retired.txt").write_text("# codes\nL007 old-name\n")
    (tmp_path / "src" / "rowkeep" / "rules" / "one.py").write_text('RULE = Rule(__name__, code="L003")\n')
    return tmp_path


def test_a_code_is_never_used_again(root: Path) -> None:
    assert (free_code("L", root), free_code("D", root)) == ("L008", "D001")


def test_the_frame_is_a_rule(root: Path) -> None:
    path = frame("column-is-lost", "data", root)
    spec = importlib.util.spec_from_file_location("rowkeep.rules.column_is_lost", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (module.RULE.name, module.RULE.code, module.RULE.category.value) == ("column-is-lost", "D001", "data")
    assert set(parse_page(module.__doc__ or "").sections) == set(SECTIONS)
    tools = Path(sys.executable).parent
    for command in (["ruff", "check"], ["ruff", "format", "--check"]):
        config = ["--config", str(ROOT / "pyproject.toml")]
        subprocess.run([tools / command[0], *command[1:], *config, path], check=True, timeout=PATIENCE_S)


def test_what_cannot_be_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame("column-is-lost", "data", root)
    for name, category in (("column-is-lost", "data"), ("Column", "data"), ("a-b", "beauty")):
        with pytest.raises(ValueError, match=r"already exists|not a rule name|not a category"):
            frame(name, category, root)
    assert main([]) == 2
    assert "make new-rule" in capsys.readouterr().err
