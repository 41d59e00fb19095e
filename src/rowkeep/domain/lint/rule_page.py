"""A rule's docstring as a page: its sections, and the SQL in them, which is also its test."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

SECTIONS = ("Given", "When", "Harm", "Unsafe", "Safe")
NEXT = "-- in the next migration:"
_HEADING = compile_later(r"^## (.+)$", re.MULTILINE)
_BLOCK = compile_later(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class RulePage:
    """title: the first paragraph, the problem in one sentence. sections: by heading, as written.

    `Given` is SQL to run before the examples, such as the tables they change. It may be missing.
    """

    title: str
    sections: dict[str, str]

    def examples(self, section: str) -> tuple[tuple[str, ...], ...]:
        """The SQL blocks of a section; each is one or more migrations, separated by the line
        `-- in the next migration:`."""
        blocks = _BLOCK.findall(self.sections.get(section, ""))
        return tuple(tuple(part.strip() + "\n" for part in block.split(NEXT)) for block in blocks)

    @property
    def given_sql(self) -> str:
        """The SQL to run before the examples."""
        return "\n".join(part for example in self.examples("Given") for part in example)


def parse_page(docstring: str) -> RulePage:
    """Read the docstring of a rule's module, which is not indented."""
    text = docstring.expandtabs().strip()
    head, *rest = _HEADING.split(text)
    sections = {name.strip(): body.strip() for name, body in zip(rest[::2], rest[1::2], strict=True)}
    return RulePage(" ".join(head.split()), sections)


def first_sentence(text: str) -> str:
    """The first sentence of a paragraph."""
    paragraph = " ".join(text.split("\n\n")[0].split())
    match = re.match(r".*?[.:;](?=\s|$)", paragraph)
    return match.group().rstrip(":;") if match else paragraph
