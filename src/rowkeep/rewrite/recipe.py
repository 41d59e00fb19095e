"""What is to be done with one statement: edits of its own text, and steps that follow in later files."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.source import Span


class RecipeKind(Enum):
    """What a rewriting is for."""

    ONLINE = "online"
    """The same change, without a stall."""
    REPEAT = "repeat"
    """The same change, which may run again."""
    RETIRE = "retire"
    """The rows stay, out of the way."""


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """SQL for a later file, with its `;`. outside: no transaction can hold it, so the file is its own.

    head: of the ALTER TABLE with which each of its lines begins, where another step's clauses may join them.
    back: SQL that undoes it, exactly; '' where there is nothing to undo. back_outside: run one by one, outside a
    transaction, because it reads the table again, or builds an index.
    """

    sql: str
    outside: bool = False
    head: str = ""
    back: str = ""
    back_outside: bool = False

    def joins(self, other: RecipeStep) -> bool:
        """Whether the two can be one: line by line, on the same table."""
        return bool(self.head) and self.head == other.head and self.sql.count("\n") == other.sql.count("\n")

    def merge(self, other: RecipeStep) -> RecipeStep:
        """Both as one, which reads the table once."""
        lines = zip(self.sql.split("\n"), other.sql.split("\n"), strict=True)
        merged = (f"{one.removesuffix(';')},{two.removeprefix(self.head)}" for one, two in lines)
        return RecipeStep(
            "\n".join(merged),
            self.outside,
            self.head,
            "\n".join(back for back in (other.back, self.back) if back),
            self.back_outside or other.back_outside,
        )


def validate_step(head: str, *constraints: tuple[str, str]) -> RecipeStep:
    """The rows are checked. constraints: the name of each, and the clause that adds it without checking any."""
    sql = ", ".join(f"VALIDATE CONSTRAINT {name}" for name, _ in constraints)
    back = "\n".join(f"{head} DROP CONSTRAINT {name}, {added};" for name, added in constraints)
    return RecipeStep(f"{head} {sql};", head=head, back=back)


def enforcing(head: str, checks: Sequence[tuple[str, str]], set_not_null: str, built: str = "") -> RecipeStep:
    """SET NOT NULL of columns whose CHECKs are valid; the CHECKs go. checks: the name of each, and its column.

    set_not_null: the clauses. built: SQL that the way back begins with.
    """
    dropped = ", ".join(f"DROP CONSTRAINT {check}" for check, _ in checks)
    back = [built] if built else []
    back += [f"{head} ADD {present(check, column)};" for check, column in checks]
    back += [f"{head} VALIDATE CONSTRAINT {check};" for check, _ in checks]
    back += [f"{head} ALTER COLUMN {column} DROP NOT NULL;" for _, column in checks]
    return RecipeStep(f"{head} {set_not_null};\n{head} {dropped};", head=head, back="\n".join(back), back_outside=True)


def present(check: str, column: str) -> str:
    """A CHECK that a column has a value, which no row is read for yet."""
    return f"CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID"


@dataclass(frozen=True, slots=True)
class Recipe:
    """edits: of the statement's own text. outside: what it becomes runs outside a transaction, in a file of its own.

    later: steps, each in a file after the one before. lasting: rows must be checked later, and the statement itself
    may stand beside others of its kind on the same table. below: edits of the down part of the same file.

    The way back of the statement, where the migration becomes several files. replaces: `back` undoes it, and what the
    down part says of it is not needed; else the down part's own statement does, and `back` only what the recipe adds.
    fallback: SQL that undoes it where the down part has no word for it.
    """

    edits: tuple[TextEdit, ...]
    outside: bool = False
    later: tuple[RecipeStep, ...] = ()
    lasting: bool = False
    below: tuple[TextEdit, ...] = ()
    back: str = ""
    replaces: bool = False
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class RecipeUnit:
    """A recipe for the statement `index` of the up part (None: of the down part).

    rules: whose findings it answers; span: where they stand.
    """

    index: int | None
    kind: RecipeKind
    recipe: Recipe
    rules: tuple[str, ...]
    span: Span
