"""SQL files that were not read: how many are where, and what to do about them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from rowkeep.domain.count import count_text, plural_form

NAMED = 5
POSTGRES = ("postgres", "postgresql", "pg", "pgsql", "psql")
WITHIN = ("ops.json", "migration.sql", "up.sql", "down.sql")
"""Files that belong to one migration per folder."""


def format_unread(unread: Collection[str], directory: str, ignore: str) -> str:
    """`error: 3 SQL files in 2 folders were not read: a (2), b (1)`, and what to do next."""
    rows = [f"error: {unread_words(unread)}"]
    return "\n".join([*rows, *(f"  = next: {step}" for step in unread_steps(unread, directory, ignore))])


def unread_words(unread: Collection[str]) -> str:
    """`3 SQL files were not read, so nothing is known about them: a (2), b (1)`."""
    folders = Counter(path.rpartition("/")[0] or "." for path in unread)
    shown = [f"{folder} ({count})" for folder, count in list(folders.items())[:NAMED]]
    more = f" and {count_text(len(folders) - NAMED, 'more folder')}" if len(folders) > NAMED else ""
    files = count_text(len(unread), "SQL file was", "SQL files were")
    them = plural_form(len(unread), "it", "them")
    return f"{files} not read, so nothing is known about {them}: {', '.join(shown)}{more}"


def unread_steps(unread: Collection[str], directory: str, ignore: str) -> tuple[str, ...]:
    """The next steps for files that were not read. ignore: the current `ignore-pattern`."""
    start = f"{directory.rstrip('/')}/"
    folders = list(dict.fromkeys(_folder(path) for path in unread if "/" in path.removeprefix(start)))
    postgres = [folder for folder in folders if folder.rpartition("/")[2].casefold() in POSTGRES]
    steps = [f"rowkeep lint {folder}" for folder in (postgres or folders)[:NAMED]]
    if len(postgres or folders) > NAMED:
        steps[-1] += f"   (and {count_text(len(postgres or folders) - NAMED, 'more folder')})"
    if any(not path.lower().endswith((".sql", ".json")) for path in unread):
        steps.append("fill in the templates and pass the output to `rowkeep lint --stdin`")
    names = sorted({re.escape(folder.removeprefix(start).partition("/")[0]) for folder in folders})
    if names:
        pattern = "|".join([ignore, *names[:NAMED]])
        steps.append(f"ignore-pattern = '{pattern}' in rowkeep.toml   (if they are not migrations)")
    return tuple(steps)


def _folder(path: str) -> str:
    """The folder to lint: `app` for `app/2026_a/ops.json`, `a` for `a/1.sql`."""
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[0] if name in WITHIN and "/" in folder else folder
