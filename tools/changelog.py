"""`python -m tools.changelog VERSION`: the fragments of changelog.d/ become the newest chapter of CHANGELOG.md."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

HEAD = "# Changelog\n\n"


def assemble(root: Path, version: str, day: date) -> str | None:
    """Write the chapter, remove the fragments; returns the chapter, or None when there is no fragment."""
    fragments = sorted(path for path in (root / "changelog.d").glob("*.md") if path.name != "README.md")
    if not fragments:
        return None
    chapter = f"## {version} ({day.isoformat()})\n\n" + "".join(_items(path) for path in fragments) + "\n"
    page = root / "CHANGELOG.md"
    before = page.read_text(encoding="utf-8").removeprefix(HEAD) if page.exists() else ""
    page.write_text((HEAD + chapter + before).rstrip() + "\n", encoding="utf-8")
    for path in fragments:
        path.unlink()
    return chapter


def _items(path: Path) -> str:
    room = path.stem.partition("-")[0]
    text = path.read_text(encoding="utf-8").strip()
    return f"- **{room}**: " + text.replace("\n", "\n  ") + "\n"


def main(arguments: list[str]) -> int:
    """0 when the chapter is written, 1 when there is nothing to say, 2 without a version."""
    if len(arguments) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+\w*", arguments[0]):
        print("usage: make changelog VERSION=1.2.3", file=sys.stderr)
        return 2
    chapter = assemble(Path(__file__).resolve().parents[1], arguments[0], date.today())
    print(chapter or "changelog.d/ holds no fragment")
    return 0 if chapter else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
