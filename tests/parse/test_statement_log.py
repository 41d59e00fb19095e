"""Statements in logs of PostgreSQL: lines with a prefix, csvlog, jsonlog."""

from __future__ import annotations

import csv
import io
import json

import pytest

from rowkeep.parse.statement_log import LoggedStatement, read_statement_log

LONG = "SELECT name,\n\tphone\nFROM users -- LOG:  statement: SELECT 1\nWHERE id = $1"
MESSAGES = [
    "statement: SELECT name FROM users WHERE id = 7;",
    "duration: 12.345 ms  statement: UPDATE users SET name = 'a: b'",
    f"execute <unnamed>: {LONG}",
    f"duration: 0.123 ms  execute S_1/C_2: {LONG}",
    "duration: 0.123 ms  parse <unnamed>: SELECT 2",
    "duration: 0.123 ms  bind <unnamed>: SELECT 2",
    "duration: 0.123 ms",
    "checkpoint starting: time",
]
TEXTS = [
    "SELECT name FROM users WHERE id = 7",
    "UPDATE users SET name = 'a: b'",
    LONG,
    LONG,
]


@pytest.mark.parametrize("prefix", ["", "2026-11-30 12:00:00.123 UTC [77] bot@shop ", "%m [%p] LOGGER ", "<a> 1: "])
def test_plain_lines(prefix: str) -> None:
    log = ""
    for message in MESSAGES:
        first, *others = message.split("\n")
        log += f"{prefix}LOG:  {first}\n" + "".join(f"\t{line}\n" for line in others)
        log += f"{prefix}DETAIL:  parameters: $1 = 'statement: SELECT 3'\n"
    log += f"{prefix}ERROR:  relation does not exist\n{prefix}STATEMENT:  SELECT * FROM nothing\n"
    assert read_statement_log(log) == [LoggedStatement(text) for text in TEXTS]


def test_csvlog() -> None:
    file = io.StringIO()
    writer = csv.writer(file)
    for message in MESSAGES:
        row = ["2026-11-30 12:00:00.123 UTC", "bot", "shop", "77", "[local]", "x", "1", "SELECT", "t", "1/1", "0"]
        writer.writerow([*row, "LOG", "00000", message, *[""] * 9, "app", "client backend", "", "0"])
    assert read_statement_log(file.getvalue()) == [LoggedStatement(text, "bot", "shop") for text in TEXTS]
    writer.writerow([*row, "LOG", "00000", f"statement: SELECT '{'x' * 200_000}'", *[""] * 9])
    with pytest.raises(ValueError, match="line "):
        read_statement_log(file.getvalue())


def test_jsonlog_with_a_line_that_is_nested_too_deeply() -> None:
    entry = json.dumps({"error_severity": "LOG", "message": "statement: SELECT 1"})
    deep = '{"error_severity":' + "[" * 200_000
    assert read_statement_log(f"{entry}\n{deep}\n{entry}\n") == [LoggedStatement("SELECT 1")] * 2
    assert read_statement_log(deep) is None


def test_jsonlog_whose_last_line_is_still_written() -> None:
    entry = {"timestamp": "2026-11-30", "user": "bot", "dbname": "shop", "error_severity": "LOG"}
    log = "".join(json.dumps({**entry, "message": message}) + "\n" for message in MESSAGES)
    log += json.dumps({**entry, "error_severity": "ERROR", "message": "statement: SELECT 4"}) + '\n{"time'
    assert read_statement_log(log) == [LoggedStatement(text, "bot", "shop") for text in TEXTS]


@pytest.mark.parametrize(
    "text", ["", "SELECT 1;", "-- LOG statement: SELECT 1\nSELECT 1;", "{not json", '{"a": 1}', "a,b,c\n1,2,3\n"]
)
def test_what_is_no_log(text: str) -> None:
    assert read_statement_log(text) is None
