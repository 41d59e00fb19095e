"""Scripts go into package.json, and everything else of it stays to the byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowkeep.files.project.node_pg_migrate_settings import read_from_config, read_from_scripts
from rowkeep.files.project.npm_scripts import SCRIPTS, ScriptChange, plan_scripts
from rowkeep.files.project.package_json import NotPackage, read_scripts, set_scripts_text


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{}", '{\n  "scripts": {\n    "a": "b"\n  }\n}'),
        ('{"x":1}\n', '{"x":1,"scripts":{"a":"b"}}\n'),
        ('{\n\t"x": 1\n}\n', '{\n\t"x": 1,\n\t"scripts": {\n\t\t"a": "b"\n\t}\n}\n'),
        ('{\r\n  "scripts": {}\r\n}', '{\r\n  "scripts": {\r\n    "a": "b"\r\n  }\r\n}'),
        ('{ "scripts": { "z": "" } }', '{ "scripts": { "z": "", "a": "b" } }'),
        ('{"scripts": {"a": "old", "z": ""}}', '{"scripts": {"a": "b", "z": ""}}'),
        ('\ufeff{\n "scripts": {\n  "z": ""\n }\n}', '\ufeff{\n "scripts": {\n  "z": "",\n  "a": "b"\n }\n}'),
        ('{"y": {"scripts": {"a": 1}}, "scripts": {}}', '{"y": {"scripts": {"a": 1}}, "scripts": {"a": "b"}}'),
    ],
)
def test_one_script(text: str, made: str) -> None:
    assert set_scripts_text(text, {"a": "b"}) == made
    assert set_scripts_text(made, {"a": "b"}) == made


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"scripts": []}', '{"scripts": {"a": 1}}', '{"scripts": {}, "scripts": {"a": "x"}}']
)
def test_a_text_that_is_no_package(text: str) -> None:
    with pytest.raises(NotPackage):
        set_scripts_text(text, {"a": "b"})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
lines = st.dictionaries(st.sampled_from(["start", "migrate:up", 'é"\\']), st.text(max_size=6), max_size=3)
packages = st.dictionaries(st.text(max_size=6), values, max_size=4)


@given(packages, lines | st.none(), lines, st.sampled_from([None, 2, "\t"]))
def test_any_package_keeps_everything_else(
    package: dict[str, Any], present: dict[str, str] | None, wanted: dict[str, str], indent: int | str | None
) -> None:
    package.pop("scripts", None)
    if present is not None:
        package["scripts"] = present
    text = json.dumps(package, indent=indent, ensure_ascii=False) + "\n"
    made = set_scripts_text(text, wanted)
    assert read_scripts(made) == {**(present or {}), **wanted}
    rest = {key: value for key, value in json.loads(made).items() if key != "scripts"}
    assert rest == {key: value for key, value in package.items() if key != "scripts"}
    assert set_scripts_text(made, wanted) == made
    if present is not None and all(present.get(name) == line for name, line in wanted.items()):
        assert made == text


def test_the_written_form_is_npms_own() -> None:
    """What npm itself would write (two blanks, one member a line) comes out unchanged in form."""
    package = {"name": "x", "scripts": {"start": "node ."}, "list": [1]}
    made = set_scripts_text(json.dumps(package, indent=2) + "\n", SCRIPTS)
    package["scripts"] = {"start": "node .", **SCRIPTS}
    assert made == json.dumps(package, indent=2) + "\n"


def test_the_fate_of_each_script() -> None:
    present = {
        "migrate": "dotenv -- npx node-pg-migrate",
        "migrate:up": "npm run migrate up",
        "migrate:down": "rowkeep down --env staging",
        "db:backup": "sh -c 'pg_dump -Fc > x.dump'",
        "migrate:create": "make migration",
    }
    assert {script.name: (script.fate, script.line) for script in plan_scripts(present)} == {
        "migrate:up": (ScriptChange.REPLACED, "rowkeep up"),
        "migrate:down": (ScriptChange.SAME, "rowkeep down --env staging"),
        "migrate:create": (ScriptChange.KEPT, "rowkeep create"),
        "db:backup": (ScriptChange.REPLACED, "rowkeep backup create"),
    }


def found(settings: Any) -> dict[str, Any]:
    return {setting.key: setting.value for setting in settings}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("node-pg-migrate up", {}),
        ("npx node-pg-migrate -m db -t 'my hist' up", {"migrations-dir": "db", "history-table": "my hist"}),
        ("node-pg-migrate --migrations-dir=db/m up && node x -t no", {"migrations-dir": "db/m"}),
        ("node-pg-migrate up -s a -s b --create-schema", {"schemas": ["a", "b"], "create-schemas": True}),
        ("node-pg-migrate --migrations-schema h --lock-value 7 up", {"history-schema": "h", "run-lock-key": 7}),
        ("./node_modules/.bin/node-pg-migrate -d MY_URL up", {"database-url-var": "MY_URL"}),
        ("node-pg-migrate --envPath .env.local up", {"env-file": ".env.local"}),
        ("echo -m db", {}),
        ("node-pg-migrate 'open -m db", {"migrations-dir": "db"}),
        ("node-pg-migrate -m", {}),
    ],
)
def test_the_old_tools_flags(line: str, expected: dict[str, Any]) -> None:
    assert found(read_from_scripts({"x": line})) == expected


def test_the_old_tools_file() -> None:
    text = '{"db": {"schema": "a", "migrations-table": "h", "url": "postgres://secret", "verbose": true}}'
    assert found(read_from_config("config/default.json", text)) == {"schemas": ["a"], "history-table": "h"}
    for other in ("", "[]", '{"db": 1}', "{}"):
        assert read_from_config("x", other) == ()
