"""Migrations in Python as files: their parts, what stops them, a new one, one by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowkeep.analysis import analyze
from rowkeep.domain.migration import Direction, Language
from rowkeep.files import read_directory, read_file, read_text
from rowkeep.files.new_migration import create_migration_file


def test_parts_and_demand(tmp_path: Path) -> None:
    (tmp_path / "1_a.py").write_text("TRANSACTION: bool = False\ndef up(db): pass\ndef down(db): pass\n")
    (tmp_path / "2_b.py").write_text("TRANSACTION = True\ndef up(db, *, fast=True): pass\n")
    (tmp_path / "3_c.sql").write_text("SELECT 1;")
    first, second, third = read_directory(str(tmp_path)).migrations
    assert (first.language, first.up.function, first.up.transaction) == (Language.PYTHON, "up", False)
    assert first.down is not None
    assert (first.down.function, second.down, second.up.transaction) == ("down", None, None)
    assert (first.remarks, second.remarks, third.language) == ((), (), Language.SQL)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("import os", None),
        ("if TYPE_CHECKING:\n    import os", None),
        ("NAMES = frozenset({'a', 'b'})", None),
        ("LIMIT: int = 10 * 1000", None),
        ("class A:\n    b = 1", None),
        ("print('x')", "code-on-import"),
        ("ROWS = load()", "code-on-import"),
        ("for x in 'ab': pass", "code-on-import"),
        ("@decorated\ndef other(): pass", "code-on-import"),
        ("TRANSACTION = 0", "transaction-not-constant"),
        ("def down(): pass", "function-not-callable"),
        ("async def down(db): pass", "function-not-callable"),
        ("x = = 1", "python-syntax"),
        ("x = '\\ud800\0'", "python-syntax"),
    ],
)
def test_what_is_remarked(line: str, kind: str | None) -> None:
    migration = read_text("1_a.py", f"def up(db):\n    pass\n{line}\n")
    remarks = list(migration.remarks)
    assert [remark.kind for remark in remarks] == ([kind] if kind else [])
    assert [remark.source.place(remark.span.start).line >= 3 or "\0" in line for remark in remarks] == [True] * len(
        remarks
    )
    findings = [finding.rule for finding in analyze((migration,)).findings]
    assert findings == ([kind] if kind else [])


def test_a_new_one_is_in_order_and_clean(tmp_path: Path) -> None:
    (tmp_path / "1700000000000_a.sql").write_text("SELECT 1;")
    path = create_migration_file(str(tmp_path), ["hash", "mails"], language=Language.PYTHON)
    assert path.endswith("_hash-mails.py")
    made = read_directory(str(tmp_path)).migrations[-1]
    assert (made.path, made.obstacles) == (path, ())
    assert made.section(Direction.DOWN) is not None
    assert not analyze((made,)).refuses()


def test_one_by_itself_is_known_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "anything.py"
    path.write_text("def up(db):\n    db.execute('DROP TABLE users')\n")
    found = analyze((read_file(str(path)),)).findings
    assert [str(finding.place).rpartition("/")[2] for finding in found if finding.rule == "drop-table"] == [
        "anything.py:2:17"
    ]


def test_an_allowance_is_a_comment_of_python() -> None:
    text = (
        "def up(db):\n"
        "    # rowkeep: allow drop-table because nobody uses it\n"
        "    db.execute('DROP TABLE users')\n"
        "    db.execute('DROP TABLE orders')  # rowkeep: allow drop-table because it is empty\n"
        "    helper(db)\n"
        "def helper(db):\n"
        "    db.execute(sql)  # rowkeep: allow dynamic-sql because sql is read from the catalog\n"
        "def down(db):\n"
        "    db.execute('DROP TABLE shelf')\n"
    )
    result = analyze((read_text("1_a.py", text),))
    assert {finding.rule for finding in result.allowed} == {"drop-table", "dynamic-sql"}
    counting = [(f.rule, f.place.line) for f in result.counting if f.rule in ("drop-table", "dynamic-sql")]
    assert counting == [("drop-table", 9)]
    assert not [finding for finding in result.counting if finding.rule.startswith("allowance")]
