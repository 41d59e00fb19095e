"""Which of flag, environment, file, `.env` and default counts; and what the table promises."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from pathlib import Path

import pytest

import rowkeep
from rowkeep.config import Settings, resolve_settings
from rowkeep.config.check import find_unknown_variables
from rowkeep.config.document import parse_toml
from rowkeep.config.dotenv import parse_dotenv
from rowkeep.config.json_schema import json_schema
from rowkeep.config.settings import OTHER_VARIABLES, TABLE
from rowkeep.errors import Misused
from rowkeep.files.project.settings import load_settings


@pytest.mark.parametrize("given", list(itertools.product([False, True], repeat=4)))
def test_the_first_that_has_it_counts(given: tuple[bool, bool, bool, bool]) -> None:
    flag, variable, file, line = given
    settings = resolve_settings(
        {"migrations_dir": "flag"} if flag else {},
        {"ROWKEEP_MIGRATIONS_DIR": "variable"} if variable else {},
        parse_toml("r.toml", 'migrations-dir = "file"\n') if file else None,
        parse_dotenv(".env", "ROWKEEP_MIGRATIONS_DIR=line\n" if line else ""),
    )
    sources = [
        (flag, "flag", "--migrations-dir"),
        (variable, "variable", "environment variable ROWKEEP_MIGRATIONS_DIR"),
    ]
    sources += [(file, "file", "r.toml:1:1"), (line, "line", ".env:1"), (True, "migrations", "default")]
    expected = next((value, origin) for there, value, origin in sources if there)
    assert (settings.migrations_dir, settings.origins["migrations_dir"]) == expected


@pytest.mark.parametrize("given", list(itertools.product([False, True], repeat=4)))
def test_the_database_likewise(given: tuple[bool, bool, bool, bool]) -> None:
    flag, variable, file, line = given
    settings = resolve_settings(
        {"database": "flag"} if flag else {},
        {"DATABASE_URL": "variable"} if variable else {},
        parse_toml("r.toml", 'database = "file"\n') if file else None,
        parse_dotenv(".env", "DATABASE_URL=line\n" if line else ""),
    )
    sources = [(flag, "flag"), (variable, "variable"), (file, "file"), (line, "line"), (True, None)]
    assert settings.database == next(value for there, value in sources if there)
    assert settings.origins.keys() >= {row.name for row in TABLE}


def test_nothing_given_is_the_defaults() -> None:
    assert dataclasses.replace(resolve_settings({}, {}), origins={}) == Settings()


def test_a_named_environment_goes_before_the_rest() -> None:
    file = parse_toml(
        "r.toml",
        "wait-s = 1\nkeep-backups = 3\n[rules]\nignore = ['a']\n"
        "[environments.production]\nwait-s = 2\n[environments.production.rules]\nignore = ['b']\n",
    )
    settings = resolve_settings({"environment": "production"}, {}, file)
    assert (settings.wait_s, settings.keep_backups, settings.rules_ignore) == (2.0, 3, ("b",))
    assert resolve_settings({}, {}, file).wait_s == 1.0
    assert resolve_settings({}, {"ROWKEEP_ENV": "production"}, file).wait_s == 2.0


def test_an_unset_variable_that_is_named_leaves_no_other_database() -> None:
    file = parse_toml("r.toml", "[environments.production]\ndatabase-url-var = 'P'\n")
    settings = resolve_settings({"environment": "production"}, {"DATABASE_URL": "development"}, file)
    assert (settings.database, settings.database_url_var) == (None, "P")


def test_two_databases_of_an_environment_are_refused_and_a_flag_settles() -> None:
    file = parse_toml("r.toml", "[environments.production]\ndatabase = 'a'\n")
    with pytest.raises(Misused, match="two databases"):
        resolve_settings({"environment": "production"}, {"DATABASE_URL": "b"}, file)
    assert resolve_settings({"environment": "production"}, {"DATABASE_URL": "a"}, file).database == "a"
    assert (
        resolve_settings({"environment": "production", "database": "c"}, {"DATABASE_URL": "b"}, file).database == "c"
    )


def test_libpqs_variables_of_dotenv_never_replace_the_real_ones() -> None:
    settings = resolve_settings({}, {"PGHOST": "real"}, None, parse_dotenv(".env", "PGHOST=a\nPGUSER=b\nOTHER=c\n"))
    assert dict(settings.libpq) == {"PGUSER": "b"}
    assert settings.origins["PGUSER"] == ".env:2"


def test_the_history_is_in_the_first_schema() -> None:
    assert resolve_settings({}, {"ROWKEEP_SCHEMAS": "a,b"}).history_schema == "a"
    assert resolve_settings({}, {"ROWKEEP_SCHEMAS": "a,b", "ROWKEEP_HISTORY_SCHEMA": "h"}).history_schema == "h"


def test_paths_of_the_file_hold_for_its_directory() -> None:
    file = parse_toml("../../r.toml", "migrations-dir = 'db/m'\nbackups-dir = '/b'\ndatabase = 'embedded:data'\n")
    settings = resolve_settings({}, {"ROWKEEP_PG_BIN": "here"}, file, start="../..")
    assert (settings.migrations_dir, settings.backups_dir, settings.pg_bin) == ("../../db/m", "/b", "here")
    assert settings.database == "embedded:../../data"
    assert settings.env_file == "../../.env"


def test_nothing_secret_is_in_the_representation() -> None:
    settings = resolve_settings(
        {"database": "host=h password=hidden"}, {}, None, parse_dotenv(".env", "PGPASSWORD=hidden")
    )
    assert "hidden" not in repr(settings)


def test_the_file_is_searched_upward_to_the_repositorys_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "repository/package/src"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    (tmp_path / "rowkeep.toml").write_text("wait-s = 1\n")
    assert load_settings({}, {}).config_file == "../../../rowkeep.toml"
    (tmp_path / "repository/.git").mkdir()
    assert load_settings({}, {}).config_file is None
    (tmp_path / "repository/pyproject.toml").write_text("[tool.rowkeep]\nmigrations-dir = 'm'\n")
    assert load_settings({}, {}).migrations_dir == "../../m"
    assert load_settings({}, {}).origins["migrations_dir"] == "../../pyproject.toml:2:1"
    (tmp_path / "repository/package/pyproject.toml").write_text("[project]\nname = 'rowkeep-user'\n")
    assert load_settings({}, {}).migrations_dir == "../../m"
    (tmp_path / "repository/package/rowkeep.toml").write_text("migrations-dir = 'n'\n")
    assert load_settings({}, {}).migrations_dir == "../n"
    assert load_settings({"config_file": "../../../rowkeep.toml"}, {}).wait_s == 1.0
    assert load_settings({}, {"ROWKEEP_CONFIG": "../../pyproject.toml"}).migrations_dir == "../../m"


def test_an_environment_may_have_a_dotenv_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rowkeep.toml").write_text("[environments.production]\nenv-file = '.env.production'\n")
    (tmp_path / ".env").write_text("DATABASE_URL=a\n")
    assert load_settings({}, {}).database == "a"
    with pytest.raises(Misused, match="does not exist"):
        load_settings({"environment": "production"}, {})
    (tmp_path / ".env.production").write_text("DATABASE_URL=b\n")
    assert load_settings({"environment": "production"}, {}).database == "b"


@pytest.mark.parametrize("name", ["rowkeep.toml", "pyproject.toml", ".env"])
def test_a_file_that_is_not_utf_8(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b"\xff = rowkeep")
    with pytest.raises(Misused, match="not UTF-8"):
        load_settings({}, {})


def test_every_setting_is_a_field_and_has_a_meaning() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)}
    unsettable = {"config_file", "by_checkout", "libpq", "origins", "end_orphan", "development_database"}
    assert {row.name for row in TABLE} == fields - unsettable
    for row in TABLE:
        assert row.doc.endswith("."), row.name
        assert row.default is None or not row.choices or row.default in row.choices


def test_every_variable_in_the_source_is_known() -> None:
    source = Path(rowkeep.__file__).parent
    found = {
        name for path in source.rglob("*.py") for name in re.findall(r"\bROWKEEP_[A-Z_]*[A-Z]\b", path.read_text())
    }
    known = {row.variable for row in TABLE} | OTHER_VARIABLES.keys()
    assert found <= known


def test_a_variable_that_nothing_reads() -> None:
    assert find_unknown_variables({"ROWKEEP_WAITS_S": "1", "ROWKEEP_ENV": "x", "PATH": "y"}) == (
        ("ROWKEEP_WAITS_S", "did you mean ROWKEEP_WAIT_S?"),
    )


def test_the_schema_says_what_the_check_says() -> None:
    """The examples of the page are accepted, and each default is of its own type."""
    made = json.loads(json.dumps(json_schema()))
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
    for part in (made["properties"], made["properties"]["rules"]["properties"]):
        for name, described in part.items():
            if "default" in described:
                assert isinstance(described["default"], types[described["type"]]), name
    assert set(made["properties"]["environments"]["additionalProperties"]["properties"]) == set(made["properties"]) - {
        "environment",
        "environments",
    }


def test_the_example_of_the_page_is_right() -> None:
    page = (Path(__file__).parents[2] / "docs/configuration.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    settings = resolve_settings(
        {"environment": "production"}, {"PRODUCTION_DATABASE_URL": "u"}, parse_toml("r.toml", example)
    )
    assert (settings.database, settings.lock_deadline_s, settings.history_schema) == ("u", 300.0, "app")


def test_only_the_real_environment_names_a_development_database() -> None:
    """A checkout must not take the guard of production away."""
    name = "ROWKEEP_DEVELOPMENT_DATABASE"
    assert resolve_settings({}, {name: "shop_test"}).development_database == "shop_test"
    assert resolve_settings({}, {name: ""}).development_database is None
    assert resolve_settings({}, {}, dotenv=parse_dotenv(".env", f"{name}=shop\n")).development_database is None
    for key in ("development_database", "development-database"):
        with pytest.raises(Misused):
            resolve_settings({}, {}, parse_toml("rowkeep.toml", f'{key} = "shop"\n'))
