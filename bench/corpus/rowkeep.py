"""Rowkeep's own lint, as people call it: each case in a directory of its own, so that none knows of the others."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

from bench.corpus import Case
from bench.corpus.told import SEVERE, Told
from bench.cost import Failed

OPAQUE = frozenset(
    {
        "copy-data",
        "down-only",
        "dynamic-sql",
        "extension-script-unread",
        "foreign-language",
        "foreign-objects-imported",
        "look-alike-marker",
        "opaque-call",
        "psql-command",
        "sql-sent-elsewhere",
        "syntax-error",
        "text-before-marker",
        "unknown-function",
        "unknown-marker",
        "unmodelled-statement",
    }
)
"""Rules that say: this cannot be seen through. They belong to a promise as well, which is the one to fear for."""


class Rowkeep:
    """`rowkeep lint --output-format json PATH`, in this process, once a case."""

    name = "rowkeep"

    def install(self, cache: Path) -> None:
        """It is there already."""

    def lint(self, cases: Sequence[Case]) -> Mapping[str, Sequence[Told]]:
        """The findings of every severity that no comment allows."""
        found = {}
        with tempfile.TemporaryDirectory() as home, chdir(home):
            for number, case in enumerate(cases):
                place = Path(home, str(number), case.path.name)
                if case.path.is_dir():
                    shutil.copytree(case.path, place)
                else:
                    place.parent.mkdir()
                    shutil.copy(case.path, place)
                flags = ("--pg-version", str(case.facts["since"])) if "since" in case.facts else ()
                found[case.name] = [_told(one) for one in lint_json(place, *flags)]
        return found


def lint_json(path: Path, *flags: str) -> list[dict[str, Any]]:
    """The findings of `rowkeep lint` on a file or a directory, as its JSON has them. Raises Failed."""
    from rowkeep.cli import run

    out = io.StringIO()
    with redirect_stdout(out):
        code = run(["lint", "--output-format", "json", *flags, str(path)])
    try:
        findings: list[dict[str, Any]] = json.loads(out.getvalue())["result"]["findings"]
    except (ValueError, KeyError, TypeError):
        raise Failed(f"rowkeep lint {path.name}: exit {code}: {out.getvalue()[:500]}") from None
    return findings


def _told(finding: dict[str, Any]) -> Told:
    categories = {finding["category"]} | ({"opaque"} if finding["rule"] in OPAQUE else set())
    return Told(
        file=Path(finding["path"]).name,
        line=finding["line"],
        rule=finding["rule"],
        categories=frozenset(categories),
        severe=finding["category"] in SEVERE and finding["severity"] in ("error", "warning"),
        aside=finding["category"] == "style",
        note=finding["severity"] == "note",
    )


ROWKEEP = Rowkeep()
