"""CI runs every Python that the package claims to support, and every PostgreSQL."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from rowkeep.knowledge.program_locations import MAJORS

ROOT = Path(__file__).parents[2]
WORKFLOW = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def matrix(name: str) -> list[str]:
    """The values of `name` in the matrix of the job `test`."""
    job = WORKFLOW.partition("\n  test:\n")[2]
    found = re.search(rf"^ +{name}: \[(.*)\]$", job, re.MULTILINE)
    assert found is not None
    return re.findall(r'"([^"]+)"', found[1])


def test_every_supported_python_is_tested() -> None:
    prefix = "Programming Language :: Python :: "
    claimed = [word.removeprefix(prefix) for word in PROJECT["classifiers"] if word.startswith(prefix)]
    assert matrix("python") == claimed
    assert PROJECT["requires-python"] == f">={claimed[0]}"


def test_every_supported_major_is_tested() -> None:
    assert matrix("postgresql") == [str(major) for major in MAJORS]


def test_ci_types_the_words_of_the_makefile() -> None:
    words = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    typed = re.findall(r"\bmake ([a-z-]+)", WORKFLOW)
    assert set(typed) == {"lint", "site", "package", "test"} <= words
    assert re.findall(r"^make ([a-z-]+)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE) == typed
