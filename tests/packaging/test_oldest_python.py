"""What the oldest supported Python cannot do, or does wrongly, is not used."""

from __future__ import annotations

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+(?=[^\s=])")


def test_no_possessive_group_which_python_before_3_11_5_matches_wrongly() -> None:
    """CPython issue 106052. A possessive single character (`[^x]*+`) is matched rightly and may be used."""
    found = [
        f"{path.relative_to(SOURCES)}:{number}"
        for path in sorted(SOURCES.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if POSSESSIVE_GROUP.search(line) and not line.lstrip().startswith("#")
    ]
    assert found == []
    assert POSSESSIVE_GROUP.search("(?:a|b)*+c")
