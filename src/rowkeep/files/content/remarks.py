"""Every kind of remark that a reader makes, once: whether it stops a run, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from rowkeep.domain.frozen import dataclass


class RemarkEffect(Enum):
    """Whether a pending migration with this remark is refused. An applied one is never harmed by it."""

    YES = "yes"
    NO = "no"
    SOMETIMES = "sometimes"


@dataclass(frozen=True, slots=True)
class RemarkKind:
    """A kind of remark, for the documentation."""

    stops: RemarkEffect
    meaning: str


KINDS: Mapping[str, RemarkKind] = {
    "text-before-marker": RemarkKind(
        RemarkEffect.YES, "Statements stand before the first marker; neither up nor down would run them. Comments may."
    ),
    "look-alike-marker": RemarkKind(
        RemarkEffect.SOMETIMES,
        "A comment that begins like a marker and says more, or a marker within a string, a body or a block comment: "
        "it cuts the file there. It stops nothing where only comments stand before it.",
    ),
    "repeated-marker": RemarkKind(
        RemarkEffect.SOMETIMES,
        "A second marker of one direction; only the first one counts. It stops a run where the second one stands in "
        "the other part, so that its statements would go the wrong way.",
    ),
    "down-only": RemarkKind(
        RemarkEffect.YES, "A down part without an up part; node-pg-migrate would run the whole file as up."
    ),
    "unknown-marker": RemarkKind(
        RemarkEffect.YES,
        "A marker of another tool, or a bare `-- down`, in a file without a down marker; what follows would be up.",
    ),
    "marker-missing": RemarkKind(
        RemarkEffect.YES, "No up marker in a file of dbmate or goose, no changeset in one of Liquibase."
    ),
    "markers-swapped": RemarkKind(
        RemarkEffect.YES, "The down marker stands before the up marker in a file of dbmate or goose."
    ),
    "python-syntax": RemarkKind(
        RemarkEffect.YES, "A `.py` file that is not Python, as the Python that runs Rowkeep knows it."
    ),
    "no-up-function": RemarkKind(
        RemarkEffect.YES, "A `.py` file without `def up(db):` at its top; Django's and Alembic's have none."
    ),
    "function-not-callable": RemarkKind(
        RemarkEffect.YES, "`up` or `down` of a `.py` file is async, yields, or does not take exactly the database."
    ),
    "transaction-not-constant": RemarkKind(
        RemarkEffect.YES, "`TRANSACTION` of a `.py` file is neither True nor False as written."
    ),
    "code-on-import": RemarkKind(
        RemarkEffect.NO,
        "A `.py` file does more at its top than import, define functions and name constants: that runs when the file "
        "is loaded, outside of the transaction.",
    ),
    "empty-migration": RemarkKind(RemarkEffect.NO, "The up part holds no statement."),
    "no-prefix": RemarkKind(
        RemarkEffect.YES,
        "The name does not begin with a number. node-pg-migrate 9 refuses the directory, 7 and 8 take 0.",
    ),
    "impossible-date": RemarkKind(RemarkEffect.YES, "The prefix has the 17 digits of a date and is no date."),
    "mixed-prefixes": RemarkKind(
        RemarkEffect.NO, "A prefix of another kind than most: a date of 14 digits sorts after all milliseconds."
    ),
    "duplicate-name": RemarkKind(
        RemarkEffect.YES, "Two files have one name in history, or one number: they cannot be told apart."
    ),
    "name-too-long": RemarkKind(RemarkEffect.YES, "The name has more than 255 characters; history cannot keep it."),
    "unprintable-name": RemarkKind(
        RemarkEffect.YES, "The name holds control characters or is no UTF-8; history cannot keep it."
    ),
    "quote-in-name": RemarkKind(
        RemarkEffect.NO, "node-pg-migrate fails when it records a name with a quote; Rowkeep does not."
    ),
    "byte-order-mark": RemarkKind(
        RemarkEffect.NO, "It is left out. node-pg-migrate sends it to the server: a syntax error."
    ),
    "not-utf-8": RemarkKind(RemarkEffect.YES, "The file is no UTF-8 text."),
    "nul-character": RemarkKind(RemarkEffect.YES, "A NUL character; PostgreSQL's text ends there."),
    "unreadable-file": RemarkKind(RemarkEffect.YES, "The file, or what a link names, cannot be read."),
    "unknown-file": RemarkKind(RemarkEffect.NO, "The file is no migration; it is left out."),
    "nested-folder": RemarkKind(
        RemarkEffect.SOMETIMES,
        "A folder holds SQL files that this layout does not read; `lint` counts them and exits 2. It stops a run "
        "where the layout is `plain`, where nothing else is there, and where the folder itself is called `….sql` or "
        "`….py`. `ignore-pattern` leaves a folder out.",
    ),
    "down-file": RemarkKind(
        RemarkEffect.YES,
        "The file's name says that it takes something back (`a.down.sql`, `a_rollback.sql`, `a.undo.sql`, "
        "`U1__a.sql`). A file that begins with `-- Up Migration` says itself what it is.",
    ),
    "plain-among-pairs": RemarkKind(
        RemarkEffect.YES, "`7_name.sql` among `.up.sql` and `.down.sql`: sqlx runs it, golang-migrate passes over it."
    ),
    "other-database": RemarkKind(
        RemarkEffect.NO, "Files or changesets for another database beside PostgreSQL's; passed over."
    ),
    "template": RemarkKind(
        RemarkEffect.SOMETIMES,
        "A program fills `{{ … }}` or `{% … %}` in before the text runs; it is judged with a name in each place. It "
        "stops a run in the layouts that Rowkeep runs itself.",
    ),
    "template-file": RemarkKind(
        RemarkEffect.NO, "A template by its name (`a.sql.tmpl`); it is not read, and `lint` exits 2."
    ),
    "not-in-plan": RemarkKind(RemarkEffect.NO, "Sqitch's plan does not name the script; Sqitch never runs it."),
    "verify-script": RemarkKind(RemarkEffect.NO, "Sqitch's verify scripts only ask whether a change is there."),
    "substitution": RemarkKind(RemarkEffect.NO, "Flyway, Liquibase or goose puts other text in before the file runs."),
    "directive": RemarkKind(
        RemarkEffect.NO, "A directive of Atlas (checkpoint, delimiter) that is not understood here."
    ),
    "baseline-file": RemarkKind(RemarkEffect.NO, "Flyway's baseline stands for earlier versions; it is left out."),
    "not-in-journal": RemarkKind(
        RemarkEffect.YES, "Drizzle's journal, or Liquibase's changelog, does not name the file; it is never run."
    ),
    "file-missing": RemarkKind(
        RemarkEffect.YES, "Drizzle's journal, Sqitch's plan or Prisma 8 wants a file that is not there."
    ),
    "journal-unreadable": RemarkKind(RemarkEffect.YES, "Drizzle's journal, or Prisma's `ops.json`, is not its JSON."),
}
