"""`rowkeep tools`: list, install and path, for people and for programs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.forked_command import run_command

from rowkeep import programs
from rowkeep.knowledge.program_locations import MAJORS


def rowkeep(*arguments: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    done = run_command("tools", *arguments, cwd="/", env={**os.environ, **variables})
    assert done.returncode == code, done.stderr
    return done


def result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)["result"]
    return found


@pytest.fixture(scope="module")
def everything() -> None:
    """The programs of every major are here."""
    for major in MAJORS:
        programs.obtain_programs(major)


@pytest.mark.usefixtures("everything")
def test_list_shows_every_major() -> None:
    text = rowkeep("list").stdout
    found = result(rowkeep("list", "--output-format", "json"))
    majors = {one["major"] for one in found["programs"]}
    assert majors.issuperset(MAJORS)
    assert not majors & {one["major"] for one in found["fetchable"]} - {
        one.version.major for one in programs.find_programs()
    }
    for one in found["programs"]:
        assert one["version"] in text
        assert one["directory"] in text
        assert Path(one["directory"], "pg_dump").exists() == ("pg_dump" in one["names"])


@pytest.mark.usefixtures("everything")
def test_path_is_a_directory_to_put_on_path() -> None:
    for major in MAJORS:
        directory = rowkeep("path", str(major)).stdout.strip()
        said = subprocess.run([f"{directory}/pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
        assert f"(PostgreSQL) {major}." in said


@pytest.mark.usefixtures("everything")
def test_install_of_what_is_there_fetches_nothing() -> None:
    fetched = next(major for major in MAJORS if programs.obtain_programs(major).origin == "rowkeep's cache")
    done = rowkeep("install", f"{fetched}.3", "--output-format", "json")
    assert json.loads(done.stdout)["events"] == []
    assert result(done)["programs"][0]["major"] == fetched


def test_a_major_that_is_not_supported_is_misuse() -> None:
    assert "14, 15, 16, 17, 18" in rowkeep("path", "9.6", code=2).stderr
    assert "14, 15, 16, 17, 18" in rowkeep("install", "latest", code=2).stderr
    assert "one major" in rowkeep("install", "14", "15", "--from", "x.whl", code=2).stderr


def test_the_directory_that_the_user_names_is_used(tmp_path: Path) -> None:
    named = programs.obtain_programs(17)
    assert rowkeep("path", "17", ROWKEEP_PG_BIN=named.directory).stdout.strip() == named.directory
    assert str(tmp_path) in rowkeep("path", "17", code=2, ROWKEEP_PG_BIN=str(tmp_path)).stderr
