"""Makes the text that pg_dump writes stable: the same structure gives the same bytes on every machine.

Left out is what depends on the machine, the version of pg_dump, or the moment: comments, settings of the session, the
key of `\\restrict`, and what an extension says about itself. The order is pg_dump's own, which goes by kind and name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.schema.schema_file import HEADER
from rowkeep.parse.text.split_text import PieceKind, split_text

BEGIN = """SET check_function_bodies = false;
SELECT pg_catalog.set_config('search_path', '', false);"""
"""Names are written with their schema, and a function may be created before what it uses."""

NO_PUBLIC = "DROP SCHEMA public;"
"""Every new database has this schema. No dump says that it was dropped."""

SET = compile_later(r"SET (\w+) = '?([^';]*)'?", re.ASCII)
SET_PATH = compile_later(r"SELECT pg_catalog\.set_config\('search_path', '', false\)", re.ASCII)
OWNER = compile_later(r"\AALTER (?:VIEW|MATERIALIZED VIEW|SEQUENCE|FOREIGN TABLE) (?=[^\n]* OWNER TO [^\n]*\Z)")
DOUBLE_BLANK = compile_later(r"  (TO|FROM) ")
ACCESS_METHOD = "default_table_access_method"
HEAP = "heap"


def format_plain_dump(dump: str, *, public: bool) -> str:
    """The schema file for what `pg_dump --schema-only` wrote. public: whether the database has a schema `public`."""
    statements = [*([] if public else [NO_PUBLIC]), *(f"{text};" for text in _sort_grants(_statements(dump)))]
    return "\n\n".join([HEADER, BEGIN, *statements]) + "\n"


def _statements(dump: str) -> Iterator[str]:
    """The statements that make the structure, without their `;`."""
    method = HEAP
    for piece in split_text(dump):
        if piece.kind is not PieceKind.STATEMENT:
            continue
        text = dump[piece.span.start : piece.span.end].rstrip()
        setting = SET.fullmatch(text)
        if setting is not None:
            # Only a table of another kind than the usual one needs it.
            if setting[1] == ACCESS_METHOD and setting[2] != method:
                method = setting[2]
                yield text
            continue
        if not SET_PATH.fullmatch(text) and not text.startswith("COMMENT ON EXTENSION "):
            yield _in_one_form(text)


def _in_one_form(text: str) -> str:
    """The statement as every major could write it: before 16 there is ALTER TABLE for the owner of every relation."""
    if text.startswith("ALTER DEFAULT PRIVILEGES "):
        return DOUBLE_BLANK.sub(r" \1 ", text)
    return OWNER.sub("ALTER TABLE ", text)


def _sort_grants(statements: Iterable[str]) -> Iterator[str]:
    """The statements, where grants that follow each other are sorted: the server keeps them in order of their time."""
    grants: list[str] = []
    for text in statements:
        if text.startswith("GRANT "):
            grants.append(text)
            continue
        yield from sorted(grants)
        grants = []
        yield text
    yield from sorted(grants)
