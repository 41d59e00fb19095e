"""The HTML report: complete, harmless and about this deploy, also where it was stopped."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import psycopg
import pytest

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Outcome, StageFinished
from rowkeep.errors import Refused
from rowkeep.report.formats.html import html_report

VOID = {"meta"}


class Balanced(HTMLParser):
    """Insists that every element that needs an end has one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(page: str) -> str:
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert "script" not in parser.seen
    assert not re.search(r"(?:src|href)=", page)
    return page


def test_what_stopped_a_deploy_is_told_and_nothing_of_it_becomes_markup() -> None:
    error = Refused(
        "the rehearsal lost <data>", code=ErrorCode.DATA_LOSS, why='table public."<script>x</script>" is gone'
    )
    events = [StageFinished("lint", Outcome.OK, 0.1, "1 < 2"), StageFinished("rehearse", Outcome.FAILED, 2.0, "lost")]
    page = checked(html_report(None, events, error, title="rowkeep deploy", when="today"))
    assert "the rehearsal lost &lt;data&gt;" in page
    assert "&lt;script&gt;" in page
    assert "1 &lt; 2" in page
    assert "nothing was changed" in page


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_deploy_writes_its_report(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rowkeep.cli import run

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (id int); INSERT INTO users SELECT generate_series(1, 1234)")
    (tmp_path / "migrations").mkdir()
    migration = tmp_path / "migrations" / "1_points.sql"
    migration.write_text("-- Up Migration\nALTER TABLE users ADD COLUMN IF NOT EXISTS points int;\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["deploy", "--yes", "--database", database, "--report", "report.html", "--quiet"]) == 0
    page = checked(Path("report.html").read_text(encoding="utf-8"))
    assert "1 migration applied" in page
    assert "rows lost: 0" in page
    assert "1,234" in page
    assert "ALTER TABLE users ADD COLUMN IF NOT EXISTS points int" in page
    assert "rowkeep restore " in page
