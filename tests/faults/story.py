"""What is run and dies: directories of migrations, what must hold after every death, and what cures the failure.

Every statement leaves a trace of its own: what runs twice, or only in part, is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.project import Project


@dataclass(frozen=True, slots=True)
class Chapter:
    """A migration. trace: true when all of it is there. whole: it is a transaction, so the trace tells either way.

    python: up is the text of a module.
    """

    name: str
    up: str
    trace: str
    whole: bool = True
    python: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A directory. stage: made by hand before; cure: what makes the failing migration go through."""

    chapters: tuple[Chapter, ...]
    stage: str
    cure: str

    @property
    def names(self) -> list[str]:
        """All of them, in order."""
        return [chapter.name for chapter in self.chapters]


MIXED = Story(
    (
        Chapter(
            "1_a",
            "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a SELECT generate_series(1, 100);",
            "to_regclass('a') IS NOT NULL",
        ),
        Chapter(
            "2_i",
            "INSERT INTO a VALUES (101);\nCREATE INDEX CONCURRENTLY i ON a (id);\nINSERT INTO a VALUES (102);",
            "(SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'i' AND indisvalid) = 1",
            whole=False,
        ),
        Chapter("3_c", "CREATE TABLE c AS SELECT count(*) FROM a;", "to_regclass('c') IS NOT NULL"),
        Chapter(
            "4_v",
            "CREATE TABLE v (id int);\nVACUUM a;\nINSERT INTO v VALUES (1);",
            "to_regclass('v') IS NOT NULL",
            False,
        ),
        Chapter(
            "5_e",
            "CREATE TABLE e (id int);\nINSERT INTO e SELECT 1 / count(*) FROM stage;\nALTER TABLE a ADD COLUMN e int;",
            "to_regclass('e') IS NOT NULL",
        ),
        Chapter(
            "6_f", "INSERT INTO c SELECT count FROM c;\nCREATE TABLE f AS TABLE v;", "to_regclass('f') IS NOT NULL"
        ),
    ),
    "CREATE TABLE stage (id int)",
    "INSERT INTO stage VALUES (1)",
)
"""In a transaction, outside of one, and a failure that is rolled back."""

BUILD = Story(
    (
        Chapter("1_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);", "to_regclass('a') IS NOT NULL"),
        Chapter(
            "2_u",
            "INSERT INTO a VALUES (2);\nCREATE UNIQUE INDEX CONCURRENTLY u ON stage (id);\nINSERT INTO a VALUES (3);",
            "(SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'u' AND indisvalid) = 1",
            whole=False,
        ),
        Chapter("3_c", "CREATE TABLE c AS SELECT count(*) FROM a;", "to_regclass('c') IS NOT NULL"),
    ),
    "CREATE TABLE stage (id int); INSERT INTO stage VALUES (1), (1)",
    "DELETE FROM stage WHERE ctid <> (SELECT min(ctid) FROM stage)",
)
"""A failure outside a transaction: the build of a unique index over duplicates, which leaves a ruin."""

PYTHON = Story(
    (
        Chapter(
            "1_a",
            """
def up(db):
    db.execute("CREATE TABLE a (id int PRIMARY KEY, word text)")
    db.tell("made")
    db.copy_in("a", ["id"], [(n,) for n in range(30)])
    db.tell("filled")
""",
            "to_regclass('a') IS NOT NULL",
            python=True,
        ),
        Chapter(
            "2_w",
            """
TRANSACTION = False

def up(db):
    def batch():
        found = db.query("SELECT id FROM a WHERE word IS NULL ORDER BY id LIMIT 10")
        db.tell("a batch")
        return db.execute_many("UPDATE a SET word = %s WHERE id = %s", [(chr(65 + n), n) for (n,) in found])

    db.batched(batch)
    db.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS w ON a (word)")
    db.tell("indexed")
""",
            "(SELECT count(*) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'w' AND indisvalid) = 1",
            whole=False,
            python=True,
        ),
        Chapter("3_c", "CREATE TABLE c AS SELECT count(word) FROM a;", "to_regclass('c') IS NOT NULL"),
        Chapter(
            "4_e",
            """
def up(db):
    db.execute("CREATE TABLE e (id int)")
    db.tell("before")
    db.execute("INSERT INTO e VALUES (%s)", (6 // db.query("SELECT count(*) FROM stage")[0][0],))
""",
            "to_regclass('e') IS NOT NULL",
            python=True,
        ),
    ),
    "CREATE TABLE stage (id int)",
    "INSERT INTO stage VALUES (1), (2)",
)
"""Functions, in a transaction and outside of one; the last one raises an error of its own."""

STORIES = {"mixed": MIXED, "build": BUILD, "python": PYTHON}

WORDS = "".join(chr(65 + number) for number in range(30))

ENDS = {
    "mixed": ("SELECT (SELECT count(*) FROM a), (SELECT array_agg(count) FROM c), (TABLE f)", (102, [102, 102], 1)),
    "python": ("SELECT (SELECT string_agg(word, '' ORDER BY id) FROM a), (TABLE c), (TABLE e)", (WORDS, 30, 3)),
    "build": ("SELECT (SELECT count(*) FROM a), (SELECT array_agg(count) FROM c), (TABLE stage)", (3, [3], 1)),
}
"""What the tables hold when all is done: a query and its row."""


def begin(project: Project, name: str) -> None:
    """Empty the database and the directory, and write the story."""
    with project.one_session():
        project.sql("DROP SCHEMA IF EXISTS rowkeep, public CASCADE")
        project.sql("CREATE SCHEMA public")
        for command in STORIES[name].stage.split(";"):
            project.sql(command)
    for path in project.migrations.iterdir():
        path.unlink()
    for chapter in STORIES[name].chapters:
        if chapter.python:
            (project.migrations / f"{chapter.name}.py").write_text(chapter.up)
        else:
            project.write(chapter.name, chapter.up)


def consistent(project: Project, name: str) -> None:
    """History, ledger and catalog tell the same."""
    with project.one_session():
        names = project.names()
        assert names == STORIES[name].names[: len(names)], names
        for chapter in STORIES[name].chapters:
            there = project.sql(f"SELECT {chapter.trace}") == [True]
            if chapter.name in names:
                assert there, f"{chapter.name} is in history and not in the catalog"
            elif chapter.whole:
                assert not there, f"{chapter.name} is in the catalog and not in history"
        assert applied(project) == names, "history and ledger disagree"


def applied(project: Project) -> list[str]:
    """What the ledger says is applied."""
    if not project.exists("rowkeep.entry"):
        return []
    return project.sql("SELECT migration FROM rowkeep.entry WHERE outcome = 'applied' ORDER BY id")


def ends(project: Project, name: str) -> None:
    """The failure is cured, one more run, and everything is there once."""
    project.sql(STORIES[name].cure)
    project.run()
    query, row = ENDS[name]
    with project.one_session():
        assert project.names() == STORIES[name].names == applied(project)
        assert project.sql(query) == [row]
        assert project.sql("SELECT count(*) FROM rowkeep.checkpoint") == [0]
        assert project.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [0]
