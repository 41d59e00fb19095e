"""`python -m tools.site [DIRECTORY]`: the docs as a website (default: `site/`). A broken link or anchor fails.

The pages are copied with the layout of the repository, so their links stay as they are. Only what GitHub and mkdocs
read differently is changed in the copy (`adapt_page`). The order of the navigation is `GUIDE`, `REFERENCE`, `PROJECT`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rowkeep import rules
from rowkeep.domain.lint.finding import Category
from tools.generate import ROOT

WORK = ROOT / "build" / "site"

GUIDE = (
    "docs/migrations.md",
    "docs/python-migrations.md",
    "docs/javascript-migrations.md",
    "docs/lint.md",
    "docs/fix.md",
    "docs/guard.md",
    "docs/verify.md",
    "docs/drift.md",
    "docs/history.md",
    "docs/deploy.md",
    "docs/application.md",
    "docs/rehearsal.md",
    "docs/backups.md",
    "docs/roles.md",
    "docs/programs.md",
    "docs/library.md",
)
REFERENCE = (
    "docs/commands.md",
    "docs/configuration.md",
    "docs/exit-codes.md",
    "docs/errors.md",
    "docs/performance.md",
    "docs/glossary.md",
)
PROJECT = ("CONTRIBUTING.md", "docs/development.md", "SECURITY.md", "CHANGELOG.md", "changelog.d/README.md")

FENCE = re.compile(r"^```(\w+) (.*)$")
FILE = re.compile(r"\bfile=(\S+)")
ITEM = re.compile(r"(?:[-*]|\d+\.) ")
FOLDER = re.compile(r"(\]\([^)#:]*/)\)")
LOADED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=\"?(https?:)?//[^>]*>")
"""What a browser would fetch from another host while it shows the page. A link that is clicked is none."""


def adapt_page(text: str) -> str:
    """The page as mkdocs reads it like GitHub: fences without marks, a blank line before lists, folders as pages."""
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
            lines.append(FENCE.sub(_adapt_fence, line))
            continue
        if not fenced:
            before = lines[-1] if lines else ""
            if ITEM.match(line) and before and not ITEM.match(before) and not before.startswith(" "):
                lines.append("")
            line = FOLDER.sub(r"\1README.md)", line)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _adapt_fence(fence: re.Match[str]) -> str:
    named = FILE.search(fence[2])
    return f'```{fence[1]} title="{named[1]}"' if named else f"```{fence[1]}"


def copy_pages(source: Path) -> None:
    """Copy the pages, and the files that they link to, below `source`."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("README.md")]
    for page in pages:
        target = source / page.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(adapt_page(page.read_text(encoding="utf-8")), encoding="utf-8")
    (source / "docs" / "decisions" / "README.md").write_text(_decisions_page(), encoding="utf-8")
    for name in ("LICENSE", "docs/rowkeep.schema.json", "examples/github-actions.yml"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)


def _decisions() -> Iterator[tuple[str, str]]:
    """File name and title of every decision, by number."""
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        yield path.name, path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _decisions_page() -> str:
    rows = "".join(f"- [{title}]({name})\n" for name, title in _decisions())
    return f"# Decisions\n\nWhy things are as they are.\n\n{rows}"


def navigation() -> list[object]:
    """The pages in the order in which a newcomer reads them."""
    categories: list[object] = ["docs/rules/README.md"]
    for category in Category:
        found = sorted((rule for rule in rules.every() if rule.category is category), key=lambda rule: rule.code)
        pages = [{f"{rule.code} {rule.name}": f"docs/rules/{rule.name}.md"} for rule in found]
        categories.append({category.value.capitalize(): pages})
    categories.append("docs/rules/coverage.md")
    decisions: list[object] = ["docs/decisions/README.md"]
    decisions += [{title: f"docs/decisions/{name}"} for name, title in _decisions()]
    return [
        {"Start": "README.md"},
        {"Guide": ["docs/README.md", *GUIDE]},
        {"Reference": [*REFERENCE]},
        {"Rules": categories},
        {"Project": [*PROJECT, {"Decisions": decisions}]},
    ]


def build(target: Path) -> int:
    """Build the site in `target`; mkdocs's exit code, or 1 where a page would fetch something from another host."""
    shutil.rmtree(WORK, ignore_errors=True)
    copy_pages(WORK / "pages")
    config = {"INHERIT": str(ROOT / "mkdocs.yml"), "docs_dir": "pages", "site_dir": str(target), "nav": navigation()}
    (WORK / "mkdocs.yml").write_text(json.dumps(config, indent=1), encoding="utf-8")
    # Not with --quiet: it would hide the warnings from --strict as well.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(WORK / "mkdocs.yml")]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}  # an advertisement in place of a warning
    if code := subprocess.run(command, env=environ, check=False).returncode:
        return code
    fetched = [
        f"{page.relative_to(target)}: {tag[0]}"
        for page in sorted(target.rglob("*.html"))
        for tag in LOADED.finditer(page.read_text(encoding="utf-8"))
    ]
    print("".join(f"from another host: {line}\n" for line in fetched), end="", file=sys.stderr)
    return 1 if fetched else 0


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1] if len(sys.argv) > 1 else "site").resolve()))
