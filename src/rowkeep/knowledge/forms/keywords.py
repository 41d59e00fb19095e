"""Reserved words of PostgreSQL, and quoting of names."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

# Every word that pg_get_keywords() of a major 14-18 does not call unreserved; quote_ident quotes exactly these.
_WORDS = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
    decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze
    from full grant greatest group grouping having ilike in initially inner inout int integer intersect interval
    into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value lateral leading least left like limit localtime localtimestamp
    merge_action national natural nchar none normalize not notnull null nullif numeric offset on only or order out
    outer overlaps overlay placing position precision primary real references returning right row select
    session_user setof similar smallint some substring symmetric system_user table tablesample then time timestamp
    to trailing treat trim true union unique user using values varchar variadic verbose when where window with
    xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
    xmltable
"""
KEPT = frozenset(_WORDS.split())

_PLAIN = compile_later(r"[a-z_][a-z0-9_]*", re.ASCII)
_CONTROL = compile_later(r"[\x01-\x1f\x7f-\x9f]")


def quote_name(name: str) -> str:
    """`name` as SQL writes it: without quotes if that is read as the same name, else in double quotes.

    Control characters are written as escapes (`U&"a\\000Ab"`, manual 4.1.1), so that a name stays on one line.
    Raises ValueError for the empty name and for NUL, which PostgreSQL does not allow.
    """
    if not name or "\0" in name:
        raise ValueError("PostgreSQL has no such name")
    if _PLAIN.fullmatch(name) and name not in KEPT:
        return name
    inner = name.replace('"', '""')
    if not _CONTROL.search(name):
        return f'"{inner}"'
    return 'U&"' + _CONTROL.sub(lambda found: f"\\{ord(found[0]):04X}", inner.replace("\\", "\\\\")) + '"'


@dataclass(frozen=True, slots=True)
class RawSql:
    """SQL to insert unchanged: a name that the server has quoted, a list of privileges."""

    sql: str


def fill_template(template: str, **pieces: str | RawSql) -> str:
    """Fill an SQL template: a value for {place} is a name, which is quoted, or RawSql."""
    ready = {place: piece.sql if isinstance(piece, RawSql) else quote_name(piece) for place, piece in pieces.items()}
    return template.format_map(ready)
