"""Where migrations stand, told from files and history alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from rowkeep.domain.history.ledger import Checksum, EntryOutcome, HistoryRow, HistoryTable, LedgerText
from rowkeep.domain.history.state import LedgerAccess, State
from rowkeep.domain.migration import Directory, Language, Migration, Section
from rowkeep.domain.plan import Action, EditState, MigrationState, Request, Survey, TransactionMode
from rowkeep.domain.source import Source, Span
from rowkeep.errors import Misused, Refused
from rowkeep.plan.plan import make_plan
from rowkeep.plan.survey import make_survey, section_checksum

NOON = datetime(2026, 1, 1, 12)


def migration(name: str, text: str = "SELECT 1;", language: Language = Language.SQL) -> Migration:
    source = Source(f"{name}.sql", text)
    section = Section(source, Span(0, len(text)))
    return Migration(name, f"{name}.sql", language, "node-pg-migrate", section, section)


def surveyed(files: list[Migration], applied: list[str], **known: object) -> Survey:
    rows = tuple(HistoryRow(n, name, NOON + timedelta(minutes=n)) for n, name in enumerate(applied, 1))
    texts = {one.name: one.up.text for one in files}
    records = {
        row.id: LedgerText(row.id, section_checksum(texts[row.name]), EntryOutcome.APPLIED)
        for row in rows
        if row.name in texts
    }
    facts: dict[str, object] = {
        "version_num": 180000,
        "database": "shop",
        "role": "m",
        "superuser": False,
        "recovering": False,
        "read_only": False,
        "now": NOON + timedelta(hours=1),
        "time_zone": "UTC",
        "history": HistoryTable(),
        "history_exists": True,
        "rows": rows,
        "edition": 1,
        "access": LedgerAccess.WRITABLE,
        "records": records,
    }
    return make_survey(Directory("m", "node-pg-migrate", tuple(files)), State(**(facts | known)))  # type: ignore[arg-type]


def stands(found: Survey) -> list[tuple[str, MigrationState]]:
    return [(item.name, item.stand) for item in found.standings]


def test_order_late_missing() -> None:
    found = surveyed([migration("1"), migration("2"), migration("4")], ["1", "3", "4"])
    assert stands(found) == [
        ("1", MigrationState.APPLIED),
        ("3", MigrationState.MISSING),
        ("2", MigrationState.PENDING),
        ("4", MigrationState.APPLIED),
    ]
    assert [item.name for item in found.standings if item.late] == ["2"]
    assert [item.name for item in found.applied] == ["1", "3", "4"]


def test_all_files_gone() -> None:
    assert stands(surveyed([], ["1", "2"])) == [("1", MigrationState.MISSING), ("2", MigrationState.MISSING)]


def test_of_very_many_files_that_are_gone_some_are_named() -> None:
    with pytest.raises(Refused) as refused:
        make_plan(surveyed([migration("900_z")], [f"{n}_m" for n in range(100, 500)]), Request())
    assert refused.value.what.startswith("400 migrations are applied, but the file is gone: 100_m, 101_m,")
    assert refused.value.what.endswith("109_m and 390 more (rowkeep status names all)")


def test_an_order_that_was_chosen_is_no_error() -> None:
    found = surveyed([migration("1"), migration("2"), migration("3")], ["1", "3", "2"])
    assert [item.name for item in found.standings if item.misplaced] == ["2"]
    plan = make_plan(found, Request())
    assert plan.idle
    assert plan.warnings[0].startswith("applied out of order: 2;")
    assert "--no-check-order" in plan.warnings[0]


@pytest.mark.parametrize(
    ("files", "history", "overtaken"),
    [
        ("123", "132", "2"),
        ("1234", "4123", "123"),
        ("1234", "1324", "2"),
        ("1234", "1243", "3"),
        ("1234", "1432", "23"),
        ("1234", "19342", "2"),  # the file of 9 is gone: it has no place in the directory
        ("1234", "1234", ""),
    ],
)
def test_out_of_order_is_what_was_overtaken(files: str, history: str, overtaken: str) -> None:
    found = surveyed([migration(name) for name in files], list(history))
    assert [item.name for item in found.standings if item.misplaced] == list(overtaken)


@pytest.mark.parametrize(
    ("now", "edit"),
    [
        ("CREATE TABLE a (id int);", EditState.SAME),
        ("create table A (id INT); -- keys", EditState.COMMENT),
        ('CREATE TABLE "A" (id int);', EditState.CHANGED),
        ("CREATE TABLE a (id int) ;", EditState.COMMENT),
    ],
)
def test_edits(now: str, edit: EditState) -> None:
    known = {1: LedgerText(7, section_checksum("CREATE TABLE a (id int);"), EntryOutcome.APPLIED)}
    assert surveyed([migration("1", now)], ["1"], records=known).standings[0].edit is edit


def test_what_others_applied_is_not_known() -> None:
    assert surveyed([migration("1")], ["1"], records={}).standings[0].edit is EditState.UNKNOWN
    gone = {1: LedgerText(7, Checksum("", ""), EntryOutcome.ACCEPTED)}
    assert surveyed([migration("1")], ["1"], records=gone).standings[0].edit is EditState.UNKNOWN


def test_foreign_migrations_are_known_by_name_and_handed_over_when_asked() -> None:
    script = migration("1_a", "pgm.createTable", Language.FOREIGN)
    assert make_plan(surveyed([script], ["1_a"]), Request()).idle
    with pytest.raises(Refused) as refused:
        make_plan(surveyed([script], []), Request())
    assert refused.value.instead[0].startswith("rowkeep up --with-node-pg-migrate")
    assert refused.value.instead[1].startswith("npx node-pg-migrate up 1_a")
    with pytest.raises(Refused, match="not SQL"):
        make_plan(surveyed([script], ["1_a"]), Request(Action.DOWN))
    plan = make_plan(surveyed([migration("0"), script], []), Request(hand_over=True))
    assert [step.mode for step in plan.steps] == [TransactionMode.TOGETHER, TransactionMode.HANDED]
    with pytest.raises(Refused, match="cannot be run by node-pg-migrate now"):
        make_plan(surveyed([migration("0"), script], ["0"], now=NOON), Request(hand_over=True))
    for name in ("17", "1e5", "1_it's"):
        with pytest.raises(Refused, match="cannot be run by node-pg-migrate"):
            make_plan(surveyed([migration(name, "", Language.FOREIGN)], []), Request(hand_over=True))


def test_two_files_of_one_name() -> None:
    with pytest.raises(Refused, match="two files"):
        make_plan(surveyed([migration("1"), migration("1")], []), Request())


def test_a_name_that_history_cannot_hold() -> None:
    with pytest.raises(Refused, match="longer than 255"):
        make_plan(surveyed([migration("1" * 256)], []), Request())


def test_a_standby_and_a_locked_ledger() -> None:
    for fact, word in (({"recovering": True}, "standby"), ({"access": LedgerAccess.LOCKED}, "ledger")):
        with pytest.raises(Refused, match=word):
            make_plan(surveyed([migration("1")], [], **fact), Request())


def test_units_are_transactions() -> None:
    files = [migration("1"), migration("2", "VACUUM;"), migration("3")]
    plan = make_plan(surveyed(files, []), Request())
    assert [[step.mode for step in unit] for unit in plan.units] == [
        [TransactionMode.TOGETHER],
        [TransactionMode.ALONE],
        [TransactionMode.TOGETHER],
    ]
    redo = make_plan(surveyed(files, ["1", "2", "3"]), Request(Action.REDO))
    assert [len(unit) for unit in redo.units] == [2]
    mixed = make_plan(surveyed(files, ["1", "2", "3"]), Request(Action.REDO, count=2))
    assert [(unit[0].name, unit[0].direction.value) for unit in mixed.units] == [
        ("3", "down"),
        ("2", "down"),
        ("2", "up"),
        ("3", "up"),
    ]


def test_never_more_than_asked() -> None:
    found = surveyed([migration("1"), migration("2"), migration("3")], ["1", "2"])
    assert make_plan(found, Request(count=0)).idle
    assert make_plan(found, Request(Action.DOWN, count=0)).idle
    assert [step.name for step in make_plan(found, Request(Action.DOWN)).steps] == ["2"]
    assert [step.name for step in make_plan(found, Request(Action.DOWN, count=9)).steps] == ["2", "1"]
    with pytest.raises(Misused):
        make_plan(found, Request(Action.DOWN, name="nope"))
