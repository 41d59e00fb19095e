"""What a person sees on a terminal while a command works."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from rowkeep.cli.progress import BarProgress
from rowkeep.domain.event import (
    Blocker,
    Event,
    MigrationFinished,
    MigrationStarted,
    Noted,
    Outcome,
    StageFinished,
    StageStarted,
    StatementFinished,
    StatementStarted,
    Waiting,
)
from rowkeep.domain.source import Place
from rowkeep.report.events import format_blocker
from rowkeep.report.text.wrap import shorten_text, wrap_text

PLACE = Place("migrations/1_orders.sql", 3, 1)
HEAD = "UPDATE orders SET total = price * quantity, tax = round(price * quantity * 0.19, 2) WHERE total IS NULL"
BLOCKER = Blocker(
    4711,
    "reporting_service",
    "nightly-report",
    "10.0.0.7",
    "idle in transaction",
    41.0,
    f"SELECT * FROM orders {HEAD}",
)


def shown(*events: Event, width: int = 80) -> str:
    """Everything a terminal of that width is sent, without its escapes."""
    stage = BarProgress("never")
    text = io.StringIO()
    stage.console = Console(file=text, force_terminal=True, width=width, no_color=True, highlight=False)
    for event in events:
        stage(event)
    if stage.progress is not None:
        stage.progress.refresh()
    stage.end()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.getvalue())


def test_a_migration_outside_a_stage_is_seen_while_it_works() -> None:
    begun = [
        MigrationStarted("1_orders", "up", 1, 2),
        StatementStarted("1_orders", 0, 2, PLACE, "CREATE INDEX orders_total ON orders (total)"),
    ]
    working = shown(*begun)
    assert "applying 1/2 1_orders" in working
    assert "1/2 CREATE INDEX" in working
    assert re.search(r"\d:\d\d:\d\d", working), "the time it takes is counted"
    ended = shown(*begun, StatementFinished("1_orders", 0, 14.0), MigrationFinished("1_orders", "up", 14.2))
    assert re.search(r"✓ applied +14\.2 s +1_orders\n", ended)


def test_a_migration_in_a_stage_is_a_detail_of_it() -> None:
    text = shown(StageStarted("apply", "Applying to shop"), MigrationStarted("1_orders", "up", 1, 1))
    assert "Applying to shop" in text
    assert "applying 1/1" not in text


def test_whoever_is_in_the_way_is_named_whole_and_once() -> None:
    waits = [Waiting("AccessExclusiveLock on orders", seconds, (BLOCKER,)) for seconds in (0.1, 3.0, 6.0)]
    text = shown(MigrationStarted("1_orders", "up", 1, 1), *waits)
    said = " ".join(text.split())
    assert said.count("blocked by pid 4711 (app=nightly-report, user=reporting_service, from 10.0.0.7") == 1
    assert "waiting" in shown(waits[0]), "before the first migration, too"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    ("event", "said"),
    [
        (StageFinished("verify", Outcome.FAILED, 1.2, HEAD), HEAD),
        (Noted(HEAD, warning=True), f"warning: {HEAD}"),
        (Waiting("AccessExclusiveLock on orders", 3.0, (BLOCKER,)), f"blocked by {format_blocker(BLOCKER)}"),
        (MigrationFinished("1_orders", "up", 3.0), "3.0 s 1_orders"),
    ],
)
def test_no_line_is_longer_than_the_terminal_and_no_word_is_broken(event: Event, said: str, width: int) -> None:
    text = shown(event, width=width).replace("\r", "\n")
    assert max(map(len, text.splitlines())) <= width
    assert said in " ".join(text.split())


def test_shortened_ends_between_words() -> None:
    assert shorten_text("SELECT id,\n   name FROM orders", 80) == "SELECT id, name FROM orders"
    assert shorten_text("SELECT id, name FROM orders", 20) == "SELECT id, name…"
    assert shorten_text("x" * 50, 20) == "x" * 19 + "…"
    assert all(len(shorten_text(HEAD, width)) <= width for width in range(2, 120))


def test_wrapped_keeps_every_word() -> None:
    for width in range(24, 120):
        lines = wrap_text(HEAD, width, 4)
        assert " ".join(" ".join(lines).split()) == HEAD
        assert all(len(line) <= width for line in lines)
    assert wrap_text("", 80) == [""]
