"""`rowkeep config`: values, origins, nothing secret; and what the configuration refuses, with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TOML = """\
migrations-dir = "db/m"
schemas = ["app", "public"]

[rules]
ignore = ["a", "b"]

[environments.production]
lock-deadline-s = 300
database_url_var = "PRODUCTION_URL"
"""


def test_every_value_and_where_it_came_from(either: Any, snapshot: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "rowkeep.toml").write_text(TOML)
    (tmp_path / ".env").write_text(
        "PGPASSWORD='hidden one'\nROWKEEP_BACKUPS_DIR=b\nDATABASE_URL=postgres://x:hidden@y\n"
    )
    env = {
        "PRODUCTION_URL": "postgresql://me:hid%64en@h:1,i:2/db?sslmode=require&pass%77ord=hidden",
        "ROWKEEP_FETCH_PROGRAMS": "no",
        "ROWKEEP_MIGRATION_DIR": "typo",
        "PGDATABASE": "dbname=x password='hid\\'den' user=y",
    }
    ran = either("config", "--env", "production", "-d", "host=h password = hidden", env=env)
    assert "hidden" not in ran.out + ran.err
    snapshot(ran, either("config", "-e", "production", env=env), either("config"))


def test_json(run: Any, tmp_path: Path) -> None:
    (tmp_path / "rowkeep.toml").write_text(TOML)
    ran = run(
        "config", "--output-format", "json", env={"DATABASE_URL": "postgres://u:hidden@h/d", "PGPASSWORD": "hidden"}
    )
    assert ran.code == 0
    assert "hidden" not in ran.out + ran.err
    result = json.loads(ran.out)["result"]
    assert result["settings"]["database"] == {
        "value": "postgres://u:***@h/d",
        "origin": "environment variable DATABASE_URL",
    }
    assert result["settings"]["schemas"] == {"value": ["app", "public"], "origin": "rowkeep.toml:2:1"}
    assert result["libpq"] == {"PGPASSWORD": {"value": "***", "origin": "environment"}}


def test_the_schema_is_json(run: Any) -> None:
    made = json.loads(run("config", "--schema").out)
    assert made["properties"]["rules"]["properties"]["select"]["type"] == "array"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('schemas = ["a"]\nmigration-dir = "x"\n', id="unknown key"),
        pytest.param('xyzzy = "x"\n', id="unlike any key"),
        pytest.param("[environments.production]\nenvironment = 'x'\n", id="unknown key of an environment"),
        pytest.param('wait-s = "soon"\n', id="wrong type"),
        pytest.param("[rules]\npg-version = 9\n", id="too small"),
        pytest.param("schemas = []\n", id="empty list"),
        pytest.param('layout = "rails"\n', id="not a choice"),
        pytest.param("rules = 3\n", id="no table"),
    ],
)
def test_refused(text: str, run: Any, snapshot: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "rowkeep.toml").write_text(text)
    ran = run("config")
    assert (ran.code, ran.out) == (2, "")
    snapshot(ran)


def test_a_file_that_is_no_toml(run: Any, tmp_path: Path) -> None:
    """The words are tomllib's, which differ from one Python to the next."""
    (tmp_path / "rowkeep.toml").write_text('wait-s = 1\nschemas = "a\n')
    ran = run("config")
    assert ran.code == 2
    assert ran.err.startswith("error: the configuration file is not TOML\n  --> rowkeep.toml:2:")
    assert '2 | schemas = "a\n' in ran.err


def test_the_wrong_environment(run: Any, snapshot: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "rowkeep.toml").write_text('[environments.production]\ndatabase = "host=a"\n')
    snapshot(
        run("config", "-e", "prodution"),
        run("config", "-e", "production", env={"DATABASE_URL": "host=b"}),
        run("config", env={"ROWKEEP_WAIT_S": "long"}),
        run("config", "-c", "missing.toml"),
    )
