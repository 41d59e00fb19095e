"""Directories of every layout: recognised by their shape, read to the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowkeep.domain.migration import Directory, Language, Migration
from rowkeep.domain.source import Source
from rowkeep.errors import Misused
from rowkeep.files import layouts, read, read_directory, read_text
from rowkeep.files.filesystem.listing import BESIDE, DirectoryEntry, DirectoryListing
from rowkeep.files.select import select_migrations

Tree = dict[str, str]


def write(place: Path, tree: Tree) -> Path:
    for name, text in tree.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def seen(directory: Directory) -> list[tuple[str, str, str | None, bool | None]]:
    """Name, both texts, and whether the up part asks for no transaction."""
    return [
        (item.name, item.up.text.strip(), item.down.text.strip() if item.down else None, item.up.transaction)
        for item in directory.migrations
    ]


def kinds(directory: Directory) -> list[str]:
    return [remark.kind for remark in directory.every_remark]


LAYOUTS: dict[str, tuple[Tree, list[tuple[str, str, str | None, bool | None]], list[str]]] = {
    "node-pg-migrate": (
        {"2_b.sql": "-- Up Migration\nB;", "1_a.js": "exports.up = 1", "README.md": "", "old/1_x.sql": "X;"},
        [("1_a", "exports.up = 1", "exports.up = 1", None), ("2_b", "-- Up Migration\nB;", None, None)],
        ["unknown-file", "nested-folder"],
    ),
    "dbmate": (
        {
            "20200101_a.sql": "-- migrate:up\nA;\n\n-- migrate:down\nZ;\n",
            "20200102_b.sql": "-- migrate:up transaction:false\nB;\n-- migrate:down transaction:true\n",
            "schema.sql": "-- dump",
        },
        [
            ("20200101_a", "-- migrate:up\nA;", "-- migrate:down\nZ;", None),
            ("20200102_b", "-- migrate:up transaction:false\nB;", "-- migrate:down transaction:true", False),
        ],
        ["unknown-file"],
    ),
    "goose": (
        {
            "10_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nB;\n-- +goose Down\nZ;",
            "2_a.sql": "-- +goose Up\n-- +goose StatementBegin\nA;\n-- +goose StatementEnd\n",
            "3_c.go": "package x",
        },
        [
            ("2_a", "-- +goose Up\n-- +goose StatementBegin\nA;\n-- +goose StatementEnd", None, None),
            ("3_c", "package x", "package x", None),
            ("10_b", "-- +goose Up\nB;", "-- +goose Down\nZ;", False),
        ],
        [],
    ),
    "golang-migrate": (
        {"10_b.up.sql": "B;", "2_a.up.sql": "A;", "2_a.down.sql": "Z;", "3_c.down.sql": "Y;"},
        [("2_a", "A;", "Z;", None), ("10_b", "B;", None, None)],
        ["down-only"],
    ),
    "sqlx": (
        {"2_b.sql": "-- no-transaction\nB;", "1_a.sql": "A;"},
        [("1_a", "A;", None, None), ("2_b", "-- no-transaction\nB;", None, False)],
        [],
    ),
    "flyway": (
        {
            "V2__b.sql": "B;",
            "V1_10__a.sql": "A;",
            "U2__b.sql": "Z;",
            "V10__c.sql": "C ${x};",
            "V10__c.sql.conf": "executeInTransaction=false",
            "R__view.sql": "R;",
            "sub/V3__d.sql": "D;",
            "B1__base.sql": "X;",
        },
        [
            ("V1_10__a", "A;", None, None),
            ("V2__b", "B;", "Z;", None),
            ("V3__d", "D;", None, None),
            ("V10__c", "C ${x};", None, False),
            ("R__view", "R;", None, None),
        ],
        ["baseline-file", "substitution"],
    ),
    "prisma": (
        {"20200102_b/migration.sql": "B;", "20200101_a/migration.sql": "A;", "migration_lock.toml": ""},
        [("20200101_a", "A;", None, None), ("20200102_b", "B;", None, None)],
        [],
    ),
    "diesel": (
        {
            "2020-01-02-000000_b/up.sql": "B;",
            "2020-01-02-000000_b/down.sql": "Z;",
            "2020-01-02-000000_b/metadata.toml": "run_in_transaction = false",
            "00000000000000_a/up.sql": "A;",
        },
        [("00000000000000_a", "A;", None, None), ("2020-01-02-000000_b", "B;", "Z;", False)],
        [],
    ),
    "atlas": (
        {"2_b.sql": "-- atlas:txmode none\n\nB;", "1_a.sql": "A;", "atlas.sum": "h1:x="},
        [("1_a", "A;", None, None), ("2_b", "-- atlas:txmode none\n\nB;", None, False)],
        [],
    ),
    "drizzle": (
        {
            "0001_b.sql": "B;",
            "0000_a.sql": "A;\n--> statement-breakpoint\nA2;",
            "0002_c.sql": "C;",
            "meta/_journal.json": '{"entries": [{"idx": 1, "tag": "0001_b"}, {"idx": 0, "tag": "0000_a"}]}',
        },
        [("0000_a", "A;\n--> statement-breakpoint\nA2;", None, None), ("0001_b", "B;", None, None)],
        ["not-in-journal"],
    ),
    "plain": (
        {"tables.sql": "A;", "views.sql": "B;", "notes.txt": ""},
        [("tables", "A;", None, None), ("views", "B;", None, None)],
        ["unknown-file"],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_recognised_and_read(name: str, tmp_path: Path) -> None:
    tree, expected, remarks = LAYOUTS[name]
    directory = read_directory(str(write(tmp_path / "m", tree)))
    assert directory.layout == name
    assert {item.layout for item in directory.migrations} == {name}
    assert seen(directory) == expected
    assert kinds(directory) == remarks
    assert seen(read_directory(str(tmp_path / "m"), name)) == expected


def test_supabase_is_known_by_its_place(tmp_path: Path) -> None:
    write(tmp_path, {"supabase/migrations/20200101000000_a.sql": "A;"})
    directory = read_directory(f"{tmp_path}/supabase/migrations")
    assert (directory.layout, seen(directory)) == ("supabase", [("20200101000000_a", "A;", None, None)])


def test_a_cargo_project_beside_is_sqlx(tmp_path: Path) -> None:
    write(
        tmp_path, {"Cargo.toml": "", "migrations/1_a.up.sql": "A;", "migrations/1_a.down.sql": "-- no-transaction\n"}
    )
    directory = read_directory(f"{tmp_path}/migrations")
    assert (directory.layout, seen(directory)) == ("sqlx", [("1_a", "A;", "-- no-transaction", None)])
    assert directory.migrations[0].down is not None
    assert directory.migrations[0].down.transaction is False


def test_drizzles_later_form(tmp_path: Path) -> None:
    write(tmp_path, {"1_a/migration.sql": "A;", "1_a/snapshot.json": "{}", "2_b/migration.sql": "B;"})
    assert read_directory(str(tmp_path)).layout == "drizzle"


def test_one_stray_marker_does_not_make_another_tools_directory(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": "-- Up Migration\nA;", "2_b.sql": "A;\n-- +goose Down\nB;"})
    directory = read_directory(str(tmp_path))
    assert (directory.layout, kinds(directory)) == ("node-pg-migrate", ["unknown-marker"])


def test_an_empty_directory(tmp_path: Path) -> None:
    assert read_directory(str(tmp_path)) == Directory(str(tmp_path), "node-pg-migrate", ())


@pytest.mark.parametrize(
    "text", ["-- migrate:down\nB;\n-- migrate:up\nA;", "A;\n-- migrate:up\nB;", "-- migrate:down\n"]
)
def test_what_dbmate_refuses_is_fatal(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": text, "2_b.sql": "-- migrate:up\nB;"})
    assert read_directory(str(tmp_path)).migrations[0].obstacles


def test_a_marker_within_a_string_is_fatal(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": "-- +goose Up\nselect '\n-- +goose Down\n';"})
    assert [remark.kind for remark in read_directory(str(tmp_path)).migrations[0].obstacles] == ["look-alike-marker"]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"1_a.sql": "A;", "1_a.js": ""}, [("duplicate-name", True), ("duplicate-name", True)]),
        ({"a.sql": "-- Up Migration\nA;"}, [("no-prefix", True)]),
        ({"20251301000000000_a.sql": "A;"}, [("impossible-date", True)]),
        ({"1_it's.sql": "A;"}, [("quote-in-name", False)]),
        ({"1_a.sql": ""}, [("empty-migration", False)]),
        (
            {"1700000000000_a.sql": "A;", "1700000000001_b.sql": "A;", "20200101000000_c.sql": "A;"},
            [("mixed-prefixes", False)],
        ),
        ({"1700000000000_a.sql": "A;", "20250101000000000_b.sql": "A;", "0001_c.sql": "A;"}, []),
        ({"1_a.sql": "A;\0B;"}, [("nul-character", True)]),
    ],
)
def test_names_and_bytes(tree: Tree, expected: list[tuple[str, bool]], tmp_path: Path) -> None:
    directory = read_directory(str(write(tmp_path, tree)))
    assert [(remark.kind, remark.fatal) for remark in directory.every_remark] == expected


def test_a_name_of_256_characters_is_too_long_for_history(tmp_path: Path) -> None:
    # No disk here keeps such a name; a text from stdin may have it.
    found = read_text("1_" + "x" * 254 + ".sql", "A;")
    assert [remark.kind for remark in found.remarks] == ["name-too-long"]


@pytest.mark.parametrize(
    ("data", "kind", "fatal", "text"),
    [
        (b"\xef\xbb\xbfA;", "byte-order-mark", False, "A;"),
        (b"A \xff;", "not-utf-8", True, "A \ufffd;"),
        ("A;".encode("utf-16"), "not-utf-8", True, "\ufeffA;"[1:]),
    ],
)
def test_bytes_that_are_not_plain_utf_8(data: bytes, kind: str, fatal: bool, text: str, tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_bytes(data)
    migration = read_directory(str(tmp_path)).migrations[0]
    assert [(remark.kind, remark.fatal) for remark in migration.remarks] == [(kind, fatal)]
    assert migration.up.text == text


def test_line_ends_are_kept(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_bytes(b"A;\r\nB;\rC;\n")
    assert read_directory(str(tmp_path)).migrations[0].up.text == "A;\r\nB;\rC;\n"


def test_a_link_to_nothing_is_fatal_and_a_link_to_a_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x.sql").write_text("A;")
    (tmp_path / "m").mkdir()
    (tmp_path / "m/1_a.sql").symlink_to("../elsewhere/x.sql")
    (tmp_path / "m/2_b.sql").symlink_to("nothing")
    first, second = read_directory(f"{tmp_path}/m").migrations
    assert (first.name, first.up.text) == ("1_a", "A;")
    assert [remark.kind for remark in second.obstacles] == ["unreadable-file"]


def test_python_and_foreign_migrations(tmp_path: Path) -> None:
    write(tmp_path, {f"{n}_x{end}": "text" for n, end in enumerate((".py", ".JS", ".ts", ".mts", ".SQL"))})
    assert [item.language for item in read_directory(str(tmp_path)).migrations] == [
        Language.PYTHON,
        Language.FOREIGN,
        Language.FOREIGN,
        Language.FOREIGN,
        Language.SQL,
    ]


def test_dot_files_are_ignored_and_another_pattern_replaces_that(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": "A;", ".gitkeep": "", "2_b.test.sql": "B;"})
    assert kinds(read_directory(str(tmp_path))) == []
    directory = read_directory(str(tmp_path), ignore=r".*\.test\.sql")
    assert [item.name for item in directory.migrations] == ["1_a"]
    assert kinds(directory) == ["unknown-file"]
    with pytest.raises(Misused, match="ignore-pattern"):
        read_directory(str(tmp_path), ignore="(")


@pytest.mark.parametrize("place", ["missing", "file"])
def test_no_directory(place: str, tmp_path: Path) -> None:
    from rowkeep.config import Settings

    (tmp_path / "file").write_text("")
    with pytest.raises(Misused) as caught:
        read(Settings(migrations_dir=f"{tmp_path}/{place}"))
    assert caught.value.where == f"{tmp_path}/{place}"


def names(found: tuple[Migration, ...]) -> list[str]:
    return [item.name for item in found]


def test_single_files_are_chosen_from_their_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        {"m/1_a.sql": "A;", "m/2_b.sql": "B;", "d/1_a/up.sql": "U;", "d/1_a/down.sql": "D;", "notes.txt": "N;"},
    )
    both, folder, alone = select_migrations(["m/2_b.sql", "d/1_a/down.sql", "./notes.txt"])
    assert (names(both.directory.migrations), names(both.chosen)) == (["1_a", "2_b"], ["2_b"])
    assert (folder.directory.layout, names(folder.chosen)) == ("diesel", ["1_a"])
    assert [item.up.text for item in alone.chosen] == ["N;"]
    (whole,) = select_migrations(["m/1_a.sql", "m"])
    assert names(whole.chosen) == ["1_a", "2_b"]
    with pytest.raises(Misused, match="no such file"):
        select_migrations(["m/3.sql"])


@pytest.mark.parametrize(
    ("text", "layout", "up", "down"),
    [
        ("-- migrate:up\nA;\n-- migrate:down\nB;", "dbmate", "-- migrate:up\nA;", "-- migrate:down\nB;"),
        ("-- +goose Up\nA;", "goose", "-- +goose Up\nA;", None),
        ("-- Up Migration\nA;\n-- Down Migration", "node-pg-migrate", "-- Up Migration\nA;", "-- Down Migration"),
        ("A;", "node-pg-migrate", "A;", None),
    ],
)
def test_a_text_by_itself(text: str, layout: str, up: str, down: str | None) -> None:
    found = read_text("stdin", text)
    assert (found.name, found.path, found.layout, found.remarks) == ("stdin", "stdin", layout, ())
    assert (found.up.text.strip(), found.down.text.strip() if found.down else None) == (up, down)


def test_a_layout_in_folders_fits_no_directory_without_folders() -> None:
    """`recognise_layout` does not ask these."""
    names = (
        "1_a.sql",
        "up.sql",
        "migration.sql",
        "snapshot.json",
        "_journal.json",
        "ops.json",
        "V1__a.sql",
        "1",
        "v1",
    )
    files = {name: DirectoryEntry(name, Source(name, "SELECT 1;")) for name in names}
    for beside in (frozenset[str](), frozenset(BESIDE)):
        for path in ("migrations", "drizzle/meta", "prisma/migrations", "v1"):
            listing = DirectoryListing(path, files, {}, beside)
            need_more = (*layouts.IN_FOLDERS, *layouts.WITH_A_FILE)
            assert not [name for name in need_more if layouts.layout_by_name(name).fits(listing)]
    for name, file in layouts.WITH_A_FILE.items():
        listing = DirectoryListing(
            "migrations", files | {file: DirectoryEntry(file, Source(file, ""))}, {}, frozenset()
        )
        assert layouts.layout_by_name(name).fits(listing)
    assert set(layouts.MODULES) > layouts.IN_FOLDERS
