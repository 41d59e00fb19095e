"""Every form of a verdict, held against the format that its readers expect."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from rowkeep.analysis import LintOptions, analyze
from rowkeep.domain.lint.finding import LintResult
from rowkeep.files import read_text
from rowkeep.report.formats.by_name import FORMS, format_lint_result
from rowkeep.report.formats.github import format_step_summary

PATH = "db/migrations 100%/1_späť,ü:1.sql"
SELECT = ("drop-table", "index-blocks-writes", "delete-all-rows", "create-table-not-repeatable")
TEXT = """\
CREATE TABLE notes (id bigint);
DROP TABLE "a%b
c|<d>";
DROP TABLE x; DROP TABLE x;
CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS 'DELETE FROM kept';
SELECT 'ü', purge();
-- rowkeep: allow drop-table because "it" <held> & nothing]]>
DROP TABLE sessions;
"""


def result(text: str = TEXT, path: str = PATH) -> LintResult:
    return analyze([read_text(path, text, "node-pg-migrate")], LintOptions(SELECT))


EMPTY = result("SELECT 1;")


def read_json(form: str, of: LintResult) -> Any:
    return json.loads(format_lint_result(form, of))


@pytest.mark.parametrize("form", [form for form in FORMS if form != "json"])
def test_no_escape_reaches_a_form_that_nobody_colours(form: str) -> None:
    assert "\x1b" not in format_lint_result(form, result())


def required(value: dict[str, Any], *names: str) -> None:
    assert not set(names) - set(value), f"{set(names) - set(value)} missing in {value}"


def sarif(log: dict[str, Any]) -> None:
    """What the schema of SARIF 2.1.0 requires of the properties that are used here, and what GitHub adds to it."""
    required(log, "version", "runs")
    assert log["version"] == "2.1.0"
    for run in log["runs"]:
        required(run, "tool", "results")
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        driver = run["tool"]["driver"]
        required(driver, "name")
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(set(ids)) == len(ids)
        for rule in driver["rules"]:
            for name in ("shortDescription", "fullDescription", "help"):
                assert rule[name]["text"].strip()
            assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        for result in run["results"]:
            required(result, "message", "ruleId", "locations", "partialFingerprints")
            assert result["message"]["text"]
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert all(isinstance(word, str) for word in result["partialFingerprints"].values())
            for location in (*result["locations"], *result.get("relatedLocations", ())):
                physical = location["physicalLocation"]
                uri, region = physical["artifactLocation"]["uri"], physical["region"]
                assert re.fullmatch(r"[A-Za-z0-9\-._~/%]+", uri)
                assert min(region.values()) >= 1
                assert region.get("endLine", region["startLine"]) >= region["startLine"]
            for suppression in result.get("suppressions", ()):
                assert suppression["kind"] in ("inSource", "external")


def test_sarif() -> None:
    found = result()
    log = read_json("sarif", found)
    sarif(log)
    sarif(read_json("sarif", EMPTY))
    results = log["runs"][0]["results"]
    assert len(results) == len(found.findings)
    assert {unquote(each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for each in results} == {PATH}
    assert [each["suppressions"][0]["justification"] for each in results if "suppressions" in each] == [
        '"it" <held> & nothing]]>'
    ]
    (called,) = (each for each in results if "relatedLocations" in each)
    assert (
        called["locations"][0]["physicalLocation"]["region"]["startColumn"] == TEXT.splitlines()[5].index("purge") + 1
    )
    assert len({each["partialFingerprints"]["rowkeepStatement/v1"] for each in results}) == len(results)


def test_sarif_of_an_absolute_path() -> None:
    log = read_json("sarif", result("DROP TABLE x;", "/srv/m/1_a.sql"))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "file:///srv/m/1_a.sql"


def test_gitlab() -> None:
    rows = read_json("gitlab", result())
    assert len(rows) == len(result().counting)
    for row in rows:
        required(row, "description", "check_name", "fingerprint", "severity", "location")
        assert row["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert row["location"]["path"] == PATH
        assert 1 <= row["location"]["lines"]["begin"] <= row["location"]["lines"]["end"]
    assert len({row["fingerprint"] for row in rows}) == len(rows)
    assert read_json("gitlab", EMPTY) == []


@pytest.mark.parametrize("form", ["gitlab", "sarif"])
def test_a_fingerprint_moves_with_its_statement(form: str) -> None:
    def words(of: LintResult) -> set[str]:
        return set(re.findall(r"\b[0-9a-f]{64}\b", format_lint_result(form, of)))

    assert len(words(result())) == len(result().findings if form == "sarif" else result().counting)
    assert words(result()) == words(result("-- moved\n\n" + TEXT.replace("DROP TABLE x", "drop  table x")))


def test_junit() -> None:
    found = result()
    whole = ElementTree.fromstring(format_lint_result("junit", found))
    (suite,) = whole
    cases = list(suite)
    assert (whole.tag, suite.tag) == ("testsuites", "testsuite")
    assert int(suite.attrib["tests"]) == len(cases) == len(found.findings)
    assert int(suite.attrib["failures"]) == len(suite.findall(".//failure"))
    assert len(suite.findall(".//failure")) + len(suite.findall(".//system-out")) == len(found.counting)
    assert int(suite.attrib["skipped"]) == len(suite.findall(".//skipped")) == 1
    for case in cases:
        assert case.attrib["classname"] == case.attrib["file"] == PATH
        assert case.attrib["name"]
    assert suite.findall(".//skipped")[0].attrib["message"] == 'allowed because "it" <held> & nothing]]>'
    empty = ElementTree.fromstring(format_lint_result("junit", EMPTY))
    assert len(empty[0]) == 1
    assert not empty.findall(".//failure")


def test_junit_of_what_xml_cannot_hold() -> None:
    odd = format_lint_result("junit", result('DROP TABLE "a\x01\x0b\ud800";'))
    assert ElementTree.fromstring(odd.encode()).findall(".//failure")


def test_github() -> None:
    *lines, _, _, _ = format_lint_result("github", result()).splitlines()
    assert len(lines) == len(result().counting)
    for line in lines:
        assert re.fullmatch(r"::(error|warning|notice) file=[^:,]+(,\w+=[^:,]*)+::.+", line)
    first = next(line for line in lines if 'U&"a%25b\\000Ac|<d>"' in line)
    assert first.startswith(
        "::error file=db/migrations 100%25/1_späť%2Cü%3A1.sql,line=2,endLine=3,title=drop-table (D001)::"
    )
    assert "\n" not in first


def test_the_summary_is_a_table_of_github() -> None:
    text = format_step_summary(result())
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == len(result().counting) + 2
    assert {row.count("|") for row in rows} == {5}
    assert "&#60;d&#62;" in text
    assert "Allowed:" in text
    assert format_step_summary(EMPTY).splitlines()[-1] == "**nothing found** in 1 migration"
    many = result("DROP TABLE x;\n" * 120)
    assert "… and 20 more" in format_step_summary(many)


def test_squawk_json() -> None:
    rows = read_json("squawk-json", result())
    keys = {"file", "line", "column", "level", "message", "help", "rule_name", "column_end", "line_end"}
    assert all(set(row) == keys for row in rows)
    second = next(row for row in rows if row["rule_name"] == "ban-drop-table" and row["line"] == 3)
    assert (second["column"], second["line_end"]) == (0, 3)
    called = next(row for row in rows if row["line"] == 5)
    assert called["column"] == len("SELECT 'ü', ".encode()), "squawk counts bytes"
    assert {row["level"] for row in rows} == {"Error", "Warning"}
    assert read_json("squawk-json", EMPTY) == []


def test_json_lines() -> None:
    rows = [json.loads(line) for line in format_lint_result("json-lines", result()).splitlines()]
    assert len(rows) == len(result().findings)
    assert [row["because"] for row in rows if row["because"]] == ['"it" <held> & nothing]]>']
    assert format_lint_result("json-lines", EMPTY) == ""


@pytest.mark.parametrize("form", ["full", "concise"])
def test_the_forms_for_people_are_coloured_on_demand(form: str) -> None:
    coloured: Callable[..., str] = format_lint_result
    assert "\x1b[1;31merror" in coloured(form, result(), color=True)
