"""Many small cases in one database, each in a schema of its own, so that one look at the catalog serves all of them.

A text without schema names runs in the schema of its case, because the search path says so; `public` and `retired` in
what `--fix` writes stand for the case's own schemas.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from rowkeep.analysis import LintOptions
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import connect
from rowkeep.domain.lint.fix_result import FixResult
from rowkeep.domain.migration import Migration, Section
from rowkeep.domain.statement import TransactionUse
from rowkeep.files import read_directory
from rowkeep.files.filesystem.write_set import write_changes as write
from rowkeep.files.select import select_migrations
from rowkeep.parse import parse_section
from rowkeep.workflows.fix import fix_migrations

Structure = dict[str, set[tuple[str, str, str]]]
SEEN = """
    SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
     WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p', 'm') ORDER BY 1
"""


@dataclass
class Case:
    """given: makes the tables. rows: fills them. up, down: the migration. texts: migrations between the two."""

    name: str
    given: str
    rows: str
    up: str
    down: str | None
    schema: str = ""
    plain: Sequence[Migration] = ()
    safe: Sequence[Migration] = ()
    fix: FixResult | None = None
    notes: list[str] = field(default_factory=list)


def prepare(case: Case, home: Path, major: int, between: Sequence[str] = ()) -> None:
    """Write the case as files, fix all of them but the first, and read both forms. between: further migrations."""
    text = f"-- Up Migration\n{case.up}\n"
    text += f"\n-- Down Migration\n{case.down}\n" if case.down is not None else ""
    texts = [case.given, text, *between]
    for kind in ("plain", "safe"):
        (home / kind).mkdir(parents=True)
        for number, each in enumerate(texts):
            (home / kind / f"17000000{number}0000_step{number}.sql").write_text(each)
    case.plain = read_directory(str(home / "plain")).migrations[1:]
    for number in range(1, len(texts)):
        path = str(home / "safe" / f"17000000{number}0000_step{number}.sql")
        settings = Settings(migrations_dir=str(home / "safe"))
        case.fix = fix_migrations(select_migrations([path]), LintOptions(major=major), settings)
        write([(each.path, each.old, each.new) for each in case.fix.files])
    case.safe = read_directory(str(home / "safe")).migrations[1:]


class Side:
    """A database in which every case has its schema."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.connection = psycopg.connect(conninfo, autocommit=True)

    def begin(self, case: Case, *, filled: bool) -> None:
        """The schema of a case, with its tables."""
        self.connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(case.schema)))
        self.text(case, case.given)
        if filled:
            self.text(case, case.rows)

    def text(self, case: Case, text: str) -> None:
        """Send a text as it is."""
        self._at_home(case)
        if text.strip():
            self.connection.execute(in_schema(text, case.schema).encode())

    def _at_home(self, case: Case) -> None:
        self.connection.execute("SELECT set_config('search_path', %s, false)", (case.schema,))

    def run(self, case: Case, section: Section) -> None:
        """As the runner would: in one transaction, or statement by statement where one cannot be in it."""
        self._at_home(case)
        statements = parse_section(section).statements
        alone = section.transaction is False or any(each.transaction is not TransactionUse.ANY for each in statements)
        if alone:
            for each in statements:
                self.connection.execute(in_schema(each.text, case.schema).encode())
            return
        with self.connection.transaction():
            for each in statements:
                self.connection.execute(in_schema(each.text, case.schema).encode())

    def structure(self) -> Structure:
        """By schema: what the catalog says of it."""
        with connect(self.conninfo) as session:
            items = fingerprint.read_structure(session).items
        found: Structure = defaultdict(set)
        for item in items:
            for schema in set(re.findall(r"\bcase_\d+\b", f"{item.identity} {item.definition}")):
                found[schema].add((item.kind, item.identity, item.definition))
        return found

    def rows(self, case: Case) -> dict[str, list[str]]:
        """By table: its rows as text."""
        self._at_home(case)
        found = {}
        for (table,) in self.connection.execute(SEEN, (case.schema,)).fetchall():
            query = sql.SQL("SELECT to_jsonb(t) FROM ONLY {} t").format(sql.SQL(table))
            values = [_bare(value) for (value,) in self.connection.execute(query).fetchall()]
            found[table] = sorted(values)
        return found


@contextmanager
def sides(server: object, database: str, *names: str) -> Iterator[list[Side]]:
    """Empty databases on a server."""
    with psycopg.connect(database, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    found = [Side(server.conninfo(name)) for name in names]  # type: ignore[attr-defined]
    try:
        yield found
    finally:
        for side in found:
            side.connection.close()


def in_schema(text: str, schema: str) -> str:
    """What `--fix` writes names `public` and `retired`; of each case there is one."""
    return re.sub(r"\bretired(?=(?:_\d)?\b(?!_))", f"{schema}_retired", re.sub(r"\bpublic\b", schema, text))


def kept(items: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Without what is retired."""
    return {each for each in items if "retired" not in " ".join(each)}


def _bare(value: dict[str, object]) -> str:
    """A row without retired columns; of values that differ from run to run only whether they are there."""
    pairs = sorted((key, each) for key, each in value.items() if "retired" not in key)
    text = str(pairs)
    text = re.sub(r"'\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[^']*'", "'a time'", text)
    return re.sub(r"'[0-9a-f]{8}(?:-[0-9a-f-]{27})?'", "'by chance'", text)
