"""Every kind of remark that a reader makes, once: whether it stops a run, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from rowkeep.domain.frozen import dataclass


class Stops(Enum):
    """Whether a pending migration with this remark is refused. An applied one is never harmed by it."""

    YES = "yes"
    NO = "no"
    SOMETIMES = "sometimes"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of remark, for the documentation."""

    stops: Stops
    meaning: str


KINDS: Mapping[str, Kind] = {
    "text-before-marker": Kind(
        Stops.YES, "Statements stand before the first marker; neither up nor down would run them. Comments may."
    ),
    "look-alike-marker": Kind(
        Stops.SOMETIMES,
        "A comment that begins like a marker and says more, or a marker within a string, a body or a block comment: "
        "it cuts the file there. It stops nothing where only comments stand before it.",
    ),
    "repeated-marker": Kind(
        Stops.SOMETIMES,
        "A second marker of one direction; only the first one counts. It stops a run where the second one stands in "
        "the other part, so that its statements would go the wrong way.",
    ),
    "down-only": Kind(Stops.YES, "A down part without an up part; node-pg-migrate would run the whole file as up."),
    "unknown-marker": Kind(
        Stops.YES,
        "A marker of another tool, or a bare `-- down`, in a file without a down marker; what follows would be up.",
    ),
    "marker-missing": Kind(Stops.YES, "No up marker in a file of dbmate or goose, no changeset in one of Liquibase."),
    "markers-swapped": Kind(Stops.YES, "The down marker stands before the up marker in a file of dbmate or goose."),
    "python-syntax": Kind(Stops.YES, "A `.py` file that is not Python, as the Python that runs Rowkeep knows it."),
    "no-up-function": Kind(
        Stops.YES, "A `.py` file without `def up(db):` at its top; Django's and Alembic's have none."
    ),
    "function-not-callable": Kind(
        Stops.YES, "`up` or `down` of a `.py` file is async, yields, or does not take exactly the database."
    ),
    "transaction-not-constant": Kind(Stops.YES, "`TRANSACTION` of a `.py` file is neither True nor False as written."),
    "code-on-import": Kind(
        Stops.NO,
        "A `.py` file does more at its top than import, define functions and name constants: that runs when the file "
        "is loaded, outside of the transaction.",
    ),
    "empty-migration": Kind(Stops.NO, "The up part holds no statement."),
    "no-prefix": Kind(
        Stops.YES, "The name does not begin with a number. node-pg-migrate 9 refuses the directory, 7 and 8 take 0."
    ),
    "impossible-date": Kind(Stops.YES, "The prefix has the 17 digits of a date and is no date."),
    "mixed-prefixes": Kind(
        Stops.NO, "A prefix of another kind than most: a date of 14 digits sorts after all milliseconds."
    ),
    "duplicate-name": Kind(Stops.YES, "Two files have one name in history, or one number: they cannot be told apart."),
    "name-too-long": Kind(Stops.YES, "The name has more than 255 characters; history cannot keep it."),
    "unprintable-name": Kind(Stops.YES, "The name holds control characters or is no UTF-8; history cannot keep it."),
    "quote-in-name": Kind(Stops.NO, "node-pg-migrate fails when it records a name with a quote; Rowkeep does not."),
    "byte-order-mark": Kind(Stops.NO, "It is left out. node-pg-migrate sends it to the server: a syntax error."),
    "not-utf-8": Kind(Stops.YES, "The file is no UTF-8 text."),
    "nul-character": Kind(Stops.YES, "A NUL character; PostgreSQL's text ends there."),
    "unreadable-file": Kind(Stops.YES, "The file, or what a link names, cannot be read."),
    "unknown-file": Kind(Stops.NO, "The file is no migration; it is left out."),
    "nested-folder": Kind(
        Stops.SOMETIMES,
        "A folder holds SQL files that this layout does not read; `lint` counts them and exits 2. It stops a run "
        "where the layout is `plain`, where nothing else is there, and where the folder itself is called `….sql` or "
        "`….py`. `ignore-pattern` leaves a folder out.",
    ),
    "down-file": Kind(
        Stops.YES,
        "The file's name says that it takes something back (`a.down.sql`, `a_rollback.sql`, `a.undo.sql`, "
        "`U1__a.sql`). A file that begins with `-- Up Migration` says itself what it is.",
    ),
    "plain-among-pairs": Kind(
        Stops.YES, "`7_name.sql` among `.up.sql` and `.down.sql`: sqlx runs it, golang-migrate passes over it."
    ),
    "other-database": Kind(Stops.NO, "Files or changesets for another database beside PostgreSQL's; passed over."),
    "template": Kind(
        Stops.SOMETIMES,
        "A program fills `{{ … }}` or `{% … %}` in before the text runs; it is judged with a name in each place. It "
        "stops a run in the layouts that Rowkeep runs itself.",
    ),
    "template-file": Kind(Stops.NO, "A template by its name (`a.sql.tmpl`); it is not read, and `lint` exits 2."),
    "not-in-plan": Kind(Stops.NO, "Sqitch's plan does not name the script; Sqitch never runs it."),
    "verify-script": Kind(Stops.NO, "Sqitch's verify scripts only ask whether a change is there."),
    "substitution": Kind(Stops.NO, "Flyway, Liquibase or goose puts other text in before the file runs."),
    "directive": Kind(Stops.NO, "A directive of Atlas (checkpoint, delimiter) that is not understood here."),
    "baseline-file": Kind(Stops.NO, "Flyway's baseline stands for earlier versions; it is left out."),
    "not-in-journal": Kind(
        Stops.YES, "Drizzle's journal, or Liquibase's changelog, does not name the file; it is never run."
    ),
    "file-missing": Kind(Stops.YES, "Drizzle's journal, Sqitch's plan or Prisma 8 wants a file that is not there."),
    "journal-unreadable": Kind(Stops.YES, "Drizzle's journal, or Prisma's `ops.json`, is not its JSON."),
}
