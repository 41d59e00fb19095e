"""Directories as real projects have them: what is up, what is down, what is PostgreSQL's, and what was not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rowkeep import files
from rowkeep.domain.migration import Directory
from rowkeep.errors import Misused, Refused
from rowkeep.files import import_directory
from rowkeep.files.filename import database_of_name, find_down_files

UP = "CREATE TABLE IF NOT EXISTS basket (id bigint PRIMARY KEY);\n"
DOWN = "DROP TABLE IF EXISTS basket;\n"


def write(place: Path, given: dict[str, str]) -> Directory:
    for name, text in given.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return files.read_directory(str(place))


def parts(directory: Directory) -> list[tuple[str, str, str | None]]:
    return [
        (each.name, each.up.text.strip(), None if each.down is None else each.down.text.strip())
        for each in directory.migrations
    ]


def kinds(directory: Directory) -> list[str]:
    return [remark.kind for remark in directory.every_remark]


PAIRS = [
    ("V0001.Start.up.sql", "V0001.Start.down.sql", "V0001.Start"),
    ("start.up.sql", "start.down.sql", "start"),
    ("0001_start_up.sql", "0001_start_down.sql", "0001_start"),
    ("0001-start-up.sql", "0001-start-down.sql", "0001-start"),
    ("0001_start.sql", "0001_start_rollback.sql", "0001_start"),
    ("0001_start.sql", "0001_start.rollback.sql", "0001_start"),
    ("0001_start.sql", "0001_start.undo.sql", "0001_start"),
    ("0001_start.sql", "0001_start_revert.sql", "0001_start"),
    ("0001_start.sql", "0001_start.DOWN.sql", "0001_start"),
    ("0001_Start_Up.SQL", "0001_start_down.sql", "0001_Start"),
    ("001.do.start.sql", "001.undo.start.sql", "001.start"),
    ("up_0001_start.sql", "down_0001_start.sql", "0001_start"),
    ("0001_start_deploy.sql", "0001_start_revert.sql", "0001_start"),
    ("StartUp.sql", "StartDown.sql", "StartUp"),
    ("V1_start.sql", "U1_start.sql", "V1_start"),
    ("v1__start.sql", "u1__start.sql", "v1__start"),
    ("up.sql", "down.sql", "up"),
    ("0001_users.sql", "0001_users_drop.sql", "0001_users"),
    ("0001_x.forward.sql", "0001_x.backward.sql", "0001_x"),
    ("0001_x_forwards.sql", "0001_x_backwards.sql", "0001_x"),
    ("0001_x.apply.sql", "0001_x.unapply.sql", "0001_x"),
    ("0001_x.migrate.sql", "0001_x.rollback.sql", "0001_x"),
    ("0001_x.migrate.sql", "0001_x.unmigrate.sql", "0001_x"),
    ("0001_x.deploy.sql", "0001_x.undeploy.sql", "0001_x"),
    ("0001_x.upgrade.sql", "0001_x.downgrade.sql", "0001_x"),
]


@pytest.mark.parametrize(("up", "down", "name"), PAIRS, ids=[down for _, down, _ in PAIRS])
def test_a_down_file_is_the_down_part_and_never_a_migration(tmp_path: Path, up: str, down: str, name: str) -> None:
    directory = write(tmp_path, {up: UP, down: DOWN})
    assert parts(directory) == [(name, UP.strip(), DOWN.strip())]
    assert directory.layout not in ("node-pg-migrate", "plain")
    imported = import_directory.convert_directory(directory)
    assert [(copy.up.strip().splitlines()[-1], (copy.down or "").splitlines()[-1]) for copy in imported.copies] == [
        (UP.strip(), DOWN.strip())
    ]
    assert imported.left_out == ()


@pytest.mark.parametrize("layout", ["node-pg-migrate", "plain"])
@pytest.mark.parametrize(("up", "down", "name"), PAIRS, ids=[down for _, down, _ in PAIRS])
def test_in_our_own_layout_the_pair_is_named_and_stops(
    tmp_path: Path, layout: str, up: str, down: str, name: str
) -> None:
    write(tmp_path, {up: UP, down: DOWN})
    directory = files.read_directory(str(tmp_path), layout)
    stopped = [each for each in directory.migrations if any(r.kind == "down-file" for r in each.obstacles)]
    assert [each.path.rpartition("/")[2] for each in stopped] == [down]
    message = next(remark.message for remark in stopped[0].obstacles if remark.kind == "down-file")
    assert up in message and down in message
    with pytest.raises(Refused, match="never run"):
        import_directory.convert_directory(directory)


@pytest.mark.parametrize(
    "name",
    [
        "0007_scale-down.sql",
        "rollback.sql",
        "0002_gone.undo.sql",
        "U3__gone.sql",
        "2_gone.down.sql",
        "undo_all.sql",
        "2_gone.backward.sql",
    ],
)
def test_a_down_file_alone_is_refused_too(tmp_path: Path, name: str) -> None:
    directory = write(tmp_path, {"0001_start.sql": UP, name: DOWN})
    assert {"down-file", "down-only"} & set(kinds(directory))
    assert all(each.obstacles for each in directory.migrations if each.path.endswith(name))


def test_a_marker_says_more_than_a_name(tmp_path: Path) -> None:
    text = "-- Up Migration\nALTER TABLE t ADD c int;\n-- Down Migration\nALTER TABLE t DROP c;\n"
    directory = write(tmp_path, {"0001_scale-down.sql": text, "0002_b.sql": text})
    assert directory.layout == "node-pg-migrate"
    assert [each.obstacles for each in directory.migrations] == [(), ()]


@pytest.mark.parametrize(
    "names",
    [
        ["0001_users.sql", "0002_drop_users.sql"],
        ["0001_add_index.sql", "0002_revert_add_index.sql", "0003_rollback_window.sql"],
        ["0001_breakdown.sql", "0002_markdown.sql", "0003_sign_up.sql", "0004_undoable.sql"],
        ["0001_backward_compatible.sql", "0002_forwarding.sql"],
        ["0001_upgrade.sql", "0002_deploy_keys.sql", "0003_downloads.sql", "0004_reverse_lookup.sql"],
    ],
)
def test_ordinary_names_are_no_down_files(names: list[str]) -> None:
    assert find_down_files(names) == {}


def test_one_pair_among_migrations_with_markers_stops_alone(tmp_path: Path) -> None:
    marked = f"-- Up Migration\n{UP}-- Down Migration\n{DOWN}"
    directory = write(tmp_path, {"1_a.sql": marked, "2_b.sql": UP, "2_b_down.sql": DOWN})
    assert directory.layout == "node-pg-migrate"
    assert {each.name: bool(each.obstacles) for each in directory.migrations} == {
        "1_a": False,
        "2_b": False,
        "2_b_down": True,
    }
    with pytest.raises(Refused, match=r"2_b\.sql"):
        import_directory.convert_directory(directory)


@pytest.mark.parametrize(
    "marker",
    [
        *("-- +migrate Down", "-- +micrate Down", "-- rambler down", "-- !Downs", "-- //@UNDO", "-- ==== DOWN ===="),
        *("---- create above / drop below ----", "-- [down]", "--- down ---", "-- @down", "-- Rollback:"),
    ],
)
def test_another_tools_marker_in_the_file_stops_it(tmp_path: Path, marker: str) -> None:
    directory = write(tmp_path, {"1_a.sql": f"{UP}\n{marker}\n{DOWN}"})
    assert [remark.kind for remark in directory.migrations[0].obstacles] == ["unknown-marker"]


# --- sqlx and golang-migrate


def test_sqlx_runs_a_plain_file_among_pairs(tmp_path: Path) -> None:
    given = {"1_a.up.sql": "A;", "1_a.down.sql": "Z;", "2_b.sql": "B;", "3_c.up.sql": "C;", "3_c.down.sql": "Y;"}
    (tmp_path / "Cargo.toml").write_text("")
    directory = write(tmp_path / "migrations", given)
    assert parts(directory) == [("1_a", "A;", "Z;"), ("2_b", "B;", None), ("3_c", "C;", "Y;")]
    assert [copy.origin for copy in import_directory.convert_directory(directory).copies] == ["1_a", "2_b", "3_c"]


def test_without_a_sign_of_sqlx_it_is_asked_for(tmp_path: Path) -> None:
    directory = write(tmp_path, {"1_a.up.sql": "A;", "1_a.down.sql": "Z;", "2_b.sql": "B;"})
    assert directory.layout == "golang-migrate"
    assert [remark.kind for remark in directory.obstacles] == ["plain-among-pairs"]
    with pytest.raises(Refused) as refused:
        import_directory.convert_directory(directory)
    assert any("--from sqlx" in step for step in refused.value.instead)
    assert any("--leave-out 2_b.sql" in step for step in refused.value.instead)
    left = import_directory.convert_directory(directory, ["2_b.sql"])
    assert [copy.origin for copy in left.copies] == ["1_a"] and left.left_out[0][0].endswith("2_b.sql")
    named = import_directory.convert_directory(files.read_directory(str(tmp_path), "golang-migrate"), named=True)
    assert named.left_out[0][0].endswith("2_b.sql")
    sqlx = import_directory.convert_directory(files.read_directory(str(tmp_path), "sqlx"), named=True)
    assert [copy.origin for copy in sqlx.copies] == ["1_a", "2_b"] and sqlx.left_out == ()


# --- other databases


def test_kratos_names_a_database_in_the_file(tmp_path: Path) -> None:
    given = {
        "20191100000001000000_ids.postgres.up.sql": "P1;",
        "20191100000001000000_ids.mysql.up.sql": "M1;",
        "20191100000001000000_ids.mysql.down.sql": "M1D;",
        "20191100000001000000_ids.sqlite3.up.sql": "S1;",
        "20191100000001000000_ids.down.sql": "D1;",
        "20191100000001000002_ids.mysql.up.sql": "M2;",
        "20191100000001000003_ids.up.sql": "G3;",
        "20191100000001000003_ids.cockroach.up.sql": "C3;",
        "20191100000001000004_ids.postgres.autocommit.up.sql": "CREATE INDEX CONCURRENTLY i ON t (c);",
    }
    directory = write(tmp_path, given)
    assert [(each[0], each[1], each[2]) for each in parts(directory)] == [
        ("20191100000001000000_ids", "P1;", "D1;"),
        ("20191100000001000003_ids", "G3;", None),
        ("20191100000001000004_ids.autocommit", "CREATE INDEX CONCURRENTLY i ON t (c);", None),
    ]
    assert kinds(directory) == ["other-database"] and directory.remarks[0].quiet
    assert "5 files for cockroach, mysql, sqlite3" in directory.remarks[0].message


def test_authelia_has_down_files_for_all_databases(tmp_path: Path) -> None:
    given = {
        "V0001.Initial_Schema.postgres.up.sql": "P;",
        "V0001.Initial_Schema.mysql.up.sql": "M;",
        "V0001.Initial_Schema.all.down.sql": "D;",
        "V0002.Webauthn.postgres.up.sql": "P2;",
        "V0002.Webauthn.postgres.down.sql": "D2;",
        "V0002.Webauthn.sqlite.up.sql": "S2;",
    }
    directory = write(tmp_path, given)
    assert parts(directory) == [("V0001.Initial_Schema", "P;", "D;"), ("V0002.Webauthn", "P2;", "D2;")]
    names = [copy.file for copy in import_directory.convert_directory(directory).copies]
    assert names == ["0001_V0001.Initial_Schema.sql", "0002_V0002.Webauthn.sql"]


def test_one_odd_name_is_no_other_database(tmp_path: Path) -> None:
    directory = write(tmp_path, {"0001_a.sql": "A;", "0002_from.mysql.sql": "B;"})
    assert [each.name for each in directory.migrations] == ["0001_a", "0002_from.mysql"]
    assert database_of_name("0007_from_mysql.sql") == (None, "0007_from_mysql.sql")


# --- folders


def test_folders_that_no_layout_reads_are_counted_and_named(tmp_path: Path) -> None:
    directory = write(tmp_path, {"0001_a.sql": "A;", "old/1.sql": "X;", "old/deep/er/2.SQL": "Y;", "doc/x.md": ""})
    assert len(directory.unread) == 2
    assert [remark.kind for remark in directory.remarks] == ["nested-folder"]
    assert directory.remarks[0].source.path.endswith("/old") and "2 SQL files" in directory.remarks[0].message
    assert directory.obstacles == (), "node-pg-migrate passes over folders, too"


@pytest.mark.parametrize("given", [{"sub/1.sql": "X;"}, {"LATEST.sql": "A;", "sub/1.sql": "X;", "sub/2.sql": "X;"}])
def test_where_the_rest_would_be_a_part_only_nothing_runs(tmp_path: Path, given: dict[str, str]) -> None:
    directory = write(tmp_path, given)
    assert directory.unread and [remark.kind for remark in directory.obstacles] == ["nested-folder"]
    with pytest.raises((Refused, Misused)):
        import_directory.convert_directory(directory)


@pytest.mark.parametrize("name", ["0002_dir.sql", "0002_dir.SQL", "0002_dir.py"])
@pytest.mark.parametrize("within", [{}, {"x.md": ""}, {"1.sql": "X;"}])
def test_a_folder_with_the_name_of_a_migration_is_named(tmp_path: Path, name: str, within: dict[str, str]) -> None:
    (tmp_path / "m" / name).mkdir(parents=True)
    directory = write(tmp_path / "m", {"0001_a.sql": "A;", **{f"{name}/{inner}": t for inner, t in within.items()}})
    assert any(path.endswith(name) for path in directory.unread)
    assert any("is a folder" in remark.message for remark in directory.obstacles)


def test_an_ignored_folder_is_not_missed(tmp_path: Path) -> None:
    write(tmp_path, {"0001_a.sql": "A;", "old/1.sql": "X;", "node_modules/x/1.sql": "X;", ".git/1.sql": "X;"})
    assert files.read_directory(str(tmp_path), ignore=r"\..*|old").unread == ()


def test_a_folder_a_version(tmp_path: Path) -> None:
    given = {
        "1.10/0001_c.sql": "C;",
        "1.9/0002_b.sql": "B;",
        "1.9/0001_a.up.sql": "A;",
        "1.9/0001_a.down.sql": "Z;",
        "v2/x/../0001_d.sql": "D;",
        "LATEST.sql": "ALL;",
    }
    directory = write(tmp_path, given)
    assert directory.layout == "version-folders"
    assert [each[1:] for each in parts(directory)] == [("A;", "Z;"), ("B;", None), ("C;", None), ("D;", None)]
    assert kinds(directory) == ["unknown-file"] and "LATEST.sql" in directory.remarks[0].message
    copies = import_directory.convert_directory(directory).copies
    assert [copy.up.strip().splitlines()[-1] for copy in copies] == ["A;", "B;", "C;", "D;"]


def test_folders_by_database_are_named(tmp_path: Path) -> None:
    directory = write(tmp_path, {"mysql/1_a.sql": "M;", "postgresql/1_a.sql": "P;"})
    assert directory.migrations == () and len(directory.unread) == 2
    assert any("those of PostgreSQL" in remark.message for remark in directory.obstacles)


# --- sqitch, Liquibase, Prisma 8, templates

PLAN = """%syntax-version=1.0.0
%project=shop
# a comment
schema 2026-11-22T20:11:40Z Ada <ada@example.org> # the schema
tables/users [schema] 2026-11-22T20:12:40Z Ada <ada@example.org> # users
@v1.0 2026-11-22T20:13:40Z Ada <ada@example.org> # first

tables/users [tables/users@v1.0] 2026-11-23T20:12:40Z Ada <ada@example.org> # again
"""
SQITCH = {
    "sqitch.plan": PLAN,
    "deploy/schema.sql": "-- Deploy schema\nBEGIN;\nCREATE SCHEMA app;\nCOMMIT;\n",
    "revert/schema.sql": "BEGIN;\nDROP SCHEMA app;\nCOMMIT;\n",
    "verify/schema.sql": "BEGIN;\nSELECT 1;\nROLLBACK;\n",
    "deploy/tables/users@v1.0.sql": "BEGIN;\nCREATE TABLE app.u (id int);\nCOMMIT;\n",
    "deploy/tables/users.sql": "CREATE INDEX CONCURRENTLY i ON app.u (id);\n",
    "deploy/tables/never.sql": "DROP TABLE app.u;\n",
}


@pytest.mark.parametrize("where", ["", "deploy"])
def test_sqitch_is_read_by_its_plan(tmp_path: Path, where: str) -> None:
    write(tmp_path, SQITCH)
    directory = files.read_directory(str(tmp_path / where))
    assert directory.layout == "sqitch"
    assert [(each.name, each.up.transaction, each.down is not None) for each in directory.migrations] == [
        ("schema", None, True),
        ("tables_users@v1.0", None, False),
        ("tables_users", False, False),
    ]
    first = directory.migrations[0]
    assert "BEGIN" not in first.up.text and "COMMIT" not in first.up.text
    assert first.source.place(first.source.text.index("CREATE")).line == 3
    assert sorted(kinds(directory)) == ["not-in-plan", "verify-script"] and directory.unread == ()
    assert [path.rpartition("/")[2] for path, _ in import_directory.convert_directory(directory).left_out] == [
        "never.sql"
    ]


def test_a_change_without_its_script_stops(tmp_path: Path) -> None:
    directory = write(tmp_path, {name: text for name, text in SQITCH.items() if name != "deploy/schema.sql"})
    assert "file-missing" in [remark.kind for remark in directory.obstacles]


LIQUIBASE = """--liquibase formatted sql

--changeset ada:1
CREATE TABLE person (id int);
--rollback DROP TABLE person;

--changeset ada:2 runInTransaction:false dbms:postgresql
CREATE INDEX CONCURRENTLY i ON person (id);
--rollback empty

--changeset ada:3 dbms:mysql
CREATE TABLE `odd` (id int);

--changeset ada:4 dbms:!oracle
/* liquibase rollback
DROP TABLE later;
*/
CREATE TABLE later (id int);
"""


def test_liquibase_changesets_are_migrations(tmp_path: Path) -> None:
    given = {"a.sql": LIQUIBASE, "b/c.sql": "-- liquibase formatted sql\n-- changeset bob:9\nSELECT 1;\n"}
    directory = write(tmp_path, given)
    assert directory.layout == "liquibase"
    assert [(each.name, each.up.transaction) for each in directory.migrations] == [
        ("1-ada", None),
        ("2-ada", False),
        ("4-ada", None),
        ("9-bob", None),
    ]
    downs = [None if each.down is None else each.down.text.strip() for each in directory.migrations]
    assert downs == ["DROP TABLE person;", "", "DROP TABLE later;", None]
    down = directory.migrations[0].down
    assert down is not None and down.source.place(down.source.text.index("DROP")).line == 5
    assert kinds(directory) == ["other-database"] and directory.unread == ()


def test_liquibase_order_is_the_changelogs(tmp_path: Path) -> None:
    one = "--liquibase formatted sql\n--changeset ada:{0}\nSELECT {0};\n"
    given = {name: one.format(number) for number, name in enumerate(("a.sql", "b.sql", "c.sql"), 1)}
    listed = "databaseChangeLog:\n- include:\n    file: db/b.sql\n- include:\n    file: db/a.sql\n"
    directory = write(tmp_path, {**given, "db.changelog-master.yaml": listed})
    assert [each.name for each in directory.migrations] == ["2-ada", "1-ada"]
    assert [remark.kind for remark in directory.obstacles] == ["not-in-journal"]


def operations(*statements: str) -> str:
    check = {"description": "is it there?", "sql": 'SELECT NOT EXISTS (SELECT 1 FROM "t" WHERE "sql" = $1)'}
    return json.dumps([{"precheck": [check], "execute": [{"sql": each}]} for each in statements], indent=2)


def test_prisma_8_folders_are_read_from_their_operations(tmp_path: Path) -> None:
    given = {
        "20260422T0720_initial/ops.json": operations('CREATE TABLE "bug" ("id" int)', 'DROP TABLE "bug"'),
        "20260422T0720_initial/migration.json": "{}",
        "20260423T0720_next/migration.ts": "export default {}",
    }
    directory = write(tmp_path, given)
    assert directory.layout == "prisma-next"
    (only,) = directory.migrations
    assert only.up.text.split("\n")[-3:-1] != [] and "EXISTS" not in only.up.text
    at = only.source.text.index("DROP TABLE")
    line = given["20260422T0720_initial/ops.json"].splitlines()[only.source.place(at).line - 1]
    assert "DROP TABLE" in line
    assert [remark.kind for remark in directory.obstacles] == ["file-missing"]
    above = files.read_directory(str(write(tmp_path / "up", {"app/x_a/ops.json": "[]"}).path))
    assert len(above.unread) == 1


def test_templates_are_read_with_names_in_their_places(tmp_path: Path) -> None:
    text = (
        "-- {{ a comment }}\n{{ if .New }}CREATE TABLE {{ .Prefix }}users (id int);{{ end }}\n"
        "INSERT INTO t VALUES ('{{1,2}}', '{{ .Kept }}');\n"
    )
    directory = write(tmp_path, {"0001_a.sql": text, "0002_b.sql": "INSERT INTO t VALUES ('{{ .Name }}', '{{1}}');"})
    first, second = directory.migrations
    assert "{{ .Kept }}" in first.up.text and "{{ .Prefix" not in first.up.text and "{{ a comment" in first.up.text
    assert len(first.up.text) == len(text)
    assert [remark.kind for remark in first.obstacles] == ["template"], "nobody fills it in here"
    assert second.remarks == ()


def test_template_files_are_named_and_unread(tmp_path: Path) -> None:
    directory = write(tmp_path, {"0001_a.sql": "A;", "0002_b.sql.tmpl": "{{ .X }}"})
    assert [path.rpartition("/")[2] for path in directory.unread] == ["0002_b.sql.tmpl"]
    assert kinds(directory) == ["template-file"]


# --- import


@pytest.mark.parametrize(
    "given",
    [
        {"1_a.up.sql": "A;", "2_b.down.sql": "B;"},
        {
            "0000_a.sql": "A;",
            "0001_b.sql": "B;",
            "meta/_journal.json": '{"entries":[{"idx":0,"tag":"0000_a"}]}',
        },
        {"V1__a.sql": "A;", "U2__b.sql": "B;"},
        {"1_x/up.sql": "A;", "2_y/down.sql": "B;"},
    ],
    ids=["golang-migrate", "drizzle", "flyway", "diesel"],
)
def test_what_the_old_tool_passes_over_is_left_out_and_named(tmp_path: Path, given: dict[str, str]) -> None:
    imported = import_directory.convert_directory(write(tmp_path, given))
    assert [copy.up.strip().splitlines()[-1] for copy in imported.copies] == ["A;"]
    assert len(imported.left_out) == 1 and imported.left_out[0][1]


@pytest.mark.parametrize(
    "given",
    [
        {"V1__a.sql": "SELECT '${x}';", "V2__b.sql": "B;"},
        {"1_a.up.sql": "A;", "1_b.up.sql": "B;", "1_a.down.sql": "C;"},
        {"meta/_journal.json": '{"entries":[{"idx":0,"tag":"gone"}]}', "a.sql": "A;"},
    ],
    ids=["placeholder", "number twice", "journal"],
)
def test_every_refusal_of_an_import_says_what_to_do(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        import_directory.convert_directory(write(tmp_path, given))
    assert refused.value.instead


def test_to_leave_out_what_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="no such file"):
        import_directory.convert_directory(write(tmp_path, {"1_a.up.sql": "A;", "1_a.down.sql": "Z;"}), ["9_z.sql"])


@pytest.mark.parametrize(
    "given",
    [
        {"1_a.sql": "SELECT 1;\n" + "{{" * 200_000},
        {"1_a.sql": "{{ x }}" * 50_000},
        {"a.sql": "--liquibase formatted sql\n--changeset a:1\n" + "/* liquibase rollback " * 20_000},
        {"a.sql": "--liquibase formatted sql\n" + "".join(f"--changeset a:{n}\n--rollback x;\n" for n in range(1500))},
        {"x/ops.json": operations(*["SELECT 1"] * 2000)},
        {f"{n:05}_{'down_' * 20}up_{n}.sql": "" for n in range(300)},
        {"/".join("d" * 300) + "/1.sql": "X;", "1_a.sql": UP},
    ],
    ids=["open braces", "templates", "open rollbacks", "changesets", "operations", "names", "deep"],
)
def test_reading_takes_no_more_than_its_size(tmp_path: Path, given: dict[str, str]) -> None:
    import time

    began = time.process_time()
    directory = write(tmp_path, given)
    assert time.process_time() - began < 10, "a quadratic reading takes minutes"
    assert directory.migrations or directory.remarks
