"""What `lint --fix` changes, as a unified diff."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff


def format_diff(files: Sequence[tuple[str, str, str]]) -> str:
    """A diff of (path, old text, new text) for `git apply`; the old text of a new file is ''."""
    diff: list[str] = []
    for path, old, new in files:
        before = f"a/{path}" if old else "/dev/null"
        lines = unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), before, f"b/{path}")
        diff += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(diff).rstrip("\n")
