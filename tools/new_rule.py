"""`python -m tools.new_rule name-of-the-fault [category]`: write the frame of a rule, with the next free code."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.generate import ROOT, rule_headers

LETTERS = {
    "data": "D",
    "lock": "L",
    "compatibility": "C",
    "repeat": "R",
    "security": "S",
    "transaction": "T",
    "style": "Y",
}

FRAME = '''\
"""The fault in one sentence.

## When

What is found, and what is not.

## Harm

What it costs: the first sentence is shown with every finding.

## Given

```sql
CREATE TABLE orders (id bigint PRIMARY KEY, email text);
```

## Unsafe

```sql
ALTER TABLE orders DROP COLUMN email;
```

## Safe

```sql
ALTER TABLE orders ADD COLUMN IF NOT EXISTS phone text;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import DropColumn

RULE = Rule(
    __name__,
    code="{code}",
    category=Category.{category},
    severity=Severity.{severity},
    peers=(),
    claims=(LockClaim("orders", LockMode.ACCESS_EXCLUSIVE),),
)


@RULE.on(DropColumn)
def check(operation: DropColumn, context: Context) -> Iterator[Violation]:
    """The operation that is at fault."""
    if context.is_new(operation.table):
        return
    yield Violation(
        operation.span,
        f"what happens to {{operation.table}}, in the user's own names, without a full stop",
        f"ALTER TABLE {{operation.table}} ADD COLUMN IF NOT EXISTS <column> <type>;",
        doubtful=context.is_doubtful(operation.table),
    )
'''


def frame(name: str, category: str, root: Path = ROOT) -> Path:
    """Write the frame of the rule `name`. Raises ValueError where the name or the category is not allowed."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+", name):
        raise ValueError(f"{name!r} is not a rule name: use two or more lower-case words with dashes between them")
    if category not in LETTERS:
        raise ValueError(f"{category!r} is not a category: one of {', '.join(LETTERS)}")
    path = root / "src" / "rowkeep" / "rules" / f"{name.replace('-', '_')}.py"
    if path.exists():
        raise ValueError(f"{path.relative_to(root)} already exists")
    severity = "WARNING" if category in ("repeat", "style", "compatibility") else "ERROR"
    path.write_text(
        FRAME.format(code=free_code(LETTERS[category], root), category=category.upper(), severity=severity)
    )
    return path


def free_code(letter: str, root: Path = ROOT) -> str:
    """The next unused code of `letter`."""
    texts = [path.read_text(encoding="utf-8") for path in (root / "src" / "rowkeep" / "rules").glob("*.py")]
    texts.append((root / "docs" / "rules" / "retired.txt").read_text(encoding="utf-8"))
    used = [int(number) for text in texts for number in re.findall(rf"\b{letter}(\d{{3}})\b", text)]
    return f"{letter}{max(used, default=0) + 1:03}"


def main(arguments: list[str]) -> int:
    """Write the frame and say what to do next."""
    if len(arguments) not in (1, 2) or not arguments[0]:
        print("usage: make new-rule NAME=name-of-the-fault [CATEGORY=data]", file=sys.stderr)
        print(f"categories: {', '.join(LETTERS)}", file=sys.stderr)
        return 2
    try:
        path = frame(arguments[0], arguments[1] if len(arguments) > 1 and arguments[1] else "lock")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for page, text in rule_headers.pages().items():
        (ROOT / page).write_text(text, encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: fill in the headings and write the check; then")
    print(f"  python -m pytest tests/rules -k {arguments[0]}")
    print("  make docs   (again after each new @RULE.on: lint imports a rule for the operations listed there)")
    print(f"  write the fragment changelog.d/+rules-{arguments[0]}.feature.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
