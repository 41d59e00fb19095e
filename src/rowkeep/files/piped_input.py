"""Text from a pipe: one migration, or the output of Alembic or Django.

`alembic upgrade --sql` puts `-- Running upgrade a -> b` before each migration, records it in its version table and
wraps everything in BEGIN and COMMIT. `manage.py sqlmigrate` wraps one migration in BEGIN and COMMIT and puts a comment
before each operation. Statements of the tool itself are blanked, so that all positions stay the same.
"""

from __future__ import annotations

import re

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Language, Migration, Section
from rowkeep.domain.source import Source, Span
from rowkeep.files.content.directives import has_no_transaction, starts_comment
from rowkeep.files.content.tokenizer import TextKind, kind_at

ALEMBIC, DJANGO = "alembic", "django"

_RUNNING = compile_later(
    r"^-- Running (?P<way>upgrade|downgrade|stamp_revision) (?P<old>[^\n]*?) ?-> ?(?P<new>[^\n\r]*)", re.MULTILINE
)
_OPERATION = compile_later(r"^--\r?\n-- (?P<title>[^\n\r]+)\r?\n--\r?$", re.MULTILINE)
_WRAP = compile_later(r"^(?:BEGIN|COMMIT);[ \t]*\r?$", re.MULTILINE)
_VERSION = compile_later(
    r"""^(?:
      CREATE\ TABLE\ \S+\ \(\s*version_num\ VARCHAR\(32\)\ NOT\ NULL,\s*
        CONSTRAINT\ \S+\ PRIMARY\ KEY\ \(version_num\)\s*\)
    | INSERT\ INTO\ \S+\ \(version_num\)\ VALUES\ \('[^']*'\)(?:\ RETURNING\ [^;'"]*)?
    | UPDATE\ \S+\ SET\ version_num='[^']*'\ WHERE\ \S+\.version_num\ =\ '[^']*'
    | DELETE\ FROM\ \S+\ WHERE\ \S+\.version_num\ =\ '[^']*'(?:\ RETURNING\ [^;'"]*)?
    | DROP\ TABLE\ (?:\S+\.)?alembic_version
    );[ \t]*\r?$""",
    re.MULTILINE | re.VERBOSE,
)


def detect_tool(text: str) -> str | None:
    """The tool that printed `text`: `alembic`, `django`, or None."""
    if any(starts_comment(text, match.start()) for match in _RUNNING.finditer(text)):
        return ALEMBIC
    first = _OPERATION.search(text)
    if first is not None and text[: first.start()].strip() in ("", "BEGIN;") and starts_comment(text, first.start()):
        return DJANGO
    return None


def read_printed(source: Source) -> Directory | None:
    """The migrations that a tool printed; None for other text."""
    name = detect_tool(source.text)
    if name is None:
        return None
    if name == DJANGO:
        return Directory(source.path, DJANGO, (_of_django(source),))
    # A COMMIT of the migration itself (autocommit block) looks like Alembic's own.
    text = _blank_out(_blank_out(source.text, _WRAP), _VERSION)
    whole = replace(source, text=text)
    marks = [match for match in _RUNNING.finditer(text) if starts_comment(text, match.start())]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    # Statements before the first marker belong to the first migration.
    starts = [0, *(mark.start() for mark in marks[1:])]
    found = [
        _migration(whole, _revision(mark), start, end) for mark, start, end in zip(marks, starts, ends, strict=True)
    ]
    return Directory(source.path, ALEMBIC, tuple(found))


def _of_django(source: Source) -> Migration:
    """Django's own BEGIN comes first and its COMMIT last; a migration that is not atomic has neither."""
    text = source.text
    head, tail = len(text) - len(text.lstrip()), text.rstrip()
    end = len(tail)
    if not text.startswith("BEGIN;", head) or not tail.endswith("COMMIT;"):
        return _migration(source, _stem(source.path), 0, len(text), atomic=False)
    wrapped = f"{text[:head]}{' ' * 6}{text[head + 6 : end - 7]}{' ' * 7}{text[end:]}"
    return _migration(replace(source, text=wrapped), _stem(source.path), 0, len(text))


def _migration(source: Source, name: str, start: int, end: int, atomic: bool = True) -> Migration:
    span = Span(start, end)
    section = Section(source, span, None if atomic and not has_no_transaction(source, span) else False)
    return Migration(name, source.path, Language.SQL, "plain", section)


def _revision(mark: re.Match[str]) -> str:
    """The target revision without its message; for a downgrade, the revision that is undone."""
    words = mark["new"] if mark["way"] != "downgrade" else mark["old"]
    return words.split(",")[0].split()[0] if words.split() else "base"


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _blank_out(text: str, pattern: re.Pattern[str]) -> str:
    """The text with spaces instead of the tool's statements. Strings and function bodies stay."""

    def blank(match: re.Match[str]) -> str:
        if kind_at(text, match.start()).kind is not TextKind.CODE:
            return match.group()
        return re.sub(r"[^\r\n]", " ", match.group())

    return pattern.sub(blank, text)
