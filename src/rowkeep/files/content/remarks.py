"""Every kind of remark that a reader makes, once: whether it stops a run, and what it means."""

from __future__ import annotations

from collections.abc import Mapping

from rowkeep.domain.enumeration import Enum
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
        RemarkEffect.YES, "Statements before the first marker; neither up nor down would run them. Comments are fine."
    ),
    "look-alike-marker": RemarkKind(
        RemarkEffect.SOMETIMES,
        "A comment that starts like a marker and continues, or a marker inside a string, a body or a block comment: "
        "it divides the file there. It does not stop a run if only comments come before it.",
    ),
    "repeated-marker": RemarkKind(
        RemarkEffect.SOMETIMES,
        "A second marker for the same direction; only the first one counts. It stops a run if the second is in the "
        "other part, so that its statements would run in the wrong direction.",
    ),
    "down-only": RemarkKind(
        RemarkEffect.YES, "A down part without an up part; node-pg-migrate would run the whole file as up."
    ),
    "unknown-marker": RemarkKind(
        RemarkEffect.YES,
        "A marker of another tool, or a bare `-- down`, in a file without a down marker; the rest would run as up.",
    ),
    "marker-missing": RemarkKind(
        RemarkEffect.YES, "No up marker in a dbmate or goose file, or no changeset in a Liquibase file."
    ),
    "markers-swapped": RemarkKind(
        RemarkEffect.YES, "The down marker comes before the up marker in a dbmate or goose file."
    ),
    "python-syntax": RemarkKind(RemarkEffect.YES, "A `.py` file that the Python running Rowkeep cannot parse."),
    "no-up-function": RemarkKind(
        RemarkEffect.YES, "A `.py` file without a top-level `def up(db):`; those of Django and Alembic have none."
    ),
    "function-not-callable": RemarkKind(
        RemarkEffect.YES,
        "`up` or `down` of a `.py` file is async, is a generator, or does not take exactly one argument.",
    ),
    "transaction-not-constant": RemarkKind(
        RemarkEffect.YES, "`TRANSACTION` of a `.py` file is not literally True or False."
    ),
    "code-on-import": RemarkKind(
        RemarkEffect.NO,
        "The top level of a `.py` file does more than import, define functions and name constants: it runs when the "
        "file is loaded, outside the transaction.",
    ),
    "empty-migration": RemarkKind(RemarkEffect.NO, "The up part contains no statement."),
    "no-prefix": RemarkKind(
        RemarkEffect.YES,
        "The name does not start with a number. node-pg-migrate 9 refuses the directory; 7 and 8 assume 0.",
    ),
    "impossible-date": RemarkKind(RemarkEffect.YES, "The prefix has the 17 digits of a date but is not a valid date."),
    "mixed-prefixes": RemarkKind(
        RemarkEffect.NO, "A prefix of a different kind than most: a date of 14 digits sorts after all milliseconds."
    ),
    "duplicate-name": RemarkKind(
        RemarkEffect.YES,
        "Two files have the same name in the history, or the same number: they cannot be distinguished.",
    ),
    "name-too-long": RemarkKind(
        RemarkEffect.YES, "The name has more than 255 characters; the history cannot store it."
    ),
    "unprintable-name": RemarkKind(
        RemarkEffect.YES, "The name contains control characters or is not UTF-8; the history cannot store it."
    ),
    "quote-in-name": RemarkKind(
        RemarkEffect.NO, "node-pg-migrate fails when it records a name with a quote; Rowkeep does not."
    ),
    "byte-order-mark": RemarkKind(
        RemarkEffect.NO, "Ignored by Rowkeep. node-pg-migrate sends it to the server: a syntax error."
    ),
    "not-utf-8": RemarkKind(RemarkEffect.YES, "The file is not UTF-8 text."),
    "nul-character": RemarkKind(RemarkEffect.YES, "A NUL character, which PostgreSQL text cannot contain."),
    "unreadable-file": RemarkKind(RemarkEffect.YES, "The file, or the target of a link, cannot be read."),
    "unknown-file": RemarkKind(RemarkEffect.NO, "The file is not a migration and is skipped."),
    "nested-folder": RemarkKind(
        RemarkEffect.SOMETIMES,
        "A folder contains SQL files that this layout does not read; `lint` counts them and exits 2. It stops a run "
        "if the layout is `plain`, if there are no other files, or if the folder itself is named `….sql` or `….py`. "
        "`ignore-pattern` ignores a folder.",
    ),
    "down-file": RemarkKind(
        RemarkEffect.YES,
        "The file name says that the file undoes something (`a.down.sql`, `a_rollback.sql`, `a.undo.sql`, "
        "`U1__a.sql`). A file that starts with `-- Up Migration` is "
        "an up migration.",
    ),
    "plain-among-pairs": RemarkKind(
        RemarkEffect.YES, "`7_name.sql` among `.up.sql` and `.down.sql`: sqlx runs it, golang-migrate skips it."
    ),
    "other-database": RemarkKind(
        RemarkEffect.NO, "Files or changesets for other databases beside those for PostgreSQL; skipped."
    ),
    "template": RemarkKind(
        RemarkEffect.SOMETIMES,
        "The file contains template placeholders, `{{ … }}` or `{% … %}`; lint reads it with a name for each. It "
        "stops a run in the layouts that Rowkeep runs.",
    ),
    "template-file": RemarkKind(
        RemarkEffect.NO, "A template file (`a.sql.tmpl`). It is not read, and `lint` exits 2."
    ),
    "not-in-plan": RemarkKind(RemarkEffect.NO, "Sqitch's plan does not name the script; Sqitch never runs it."),
    "schema-file": RemarkKind(
        RemarkEffect.NO,
        "The file was written by `rowkeep schema dump`; it is skipped. node-pg-migrate would run it: keep it in "
        "another directory if you use both.",
    ),
    "verify-script": RemarkKind(RemarkEffect.NO, "Sqitch's verify scripts only check that a change is there."),
    "substitution": RemarkKind(
        RemarkEffect.NO, "Flyway, Liquibase or goose substitutes text before it runs the file."
    ),
    "directive": RemarkKind(
        RemarkEffect.NO, "An Atlas directive (checkpoint, delimiter) that Rowkeep does not support."
    ),
    "baseline-file": RemarkKind(RemarkEffect.NO, "A Flyway baseline, which replaces earlier versions; skipped."),
    "not-in-journal": RemarkKind(
        RemarkEffect.YES, "Drizzle's journal, or Liquibase's changelog, does not name the file; it is never run."
    ),
    "file-missing": RemarkKind(
        RemarkEffect.YES, "Drizzle's journal, Sqitch's plan or Prisma 8 names a file that does not exist."
    ),
    "journal-unreadable": RemarkKind(
        RemarkEffect.YES, "Drizzle's journal, or Prisma's `ops.json`, does not have the expected JSON."
    ),
}
