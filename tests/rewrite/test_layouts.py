"""What follows a migration has the name and the words that its tool wants; where there are none, it says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowkeep.analysis import LintOptions
from rowkeep.config import Settings
from rowkeep.domain.lint.fix_result import FixResult
from rowkeep.files.filesystem.write_set import write_changes
from rowkeep.files.select import select_migrations
from rowkeep.workflows.fix import fix_migrations

GIVEN = "CREATE TABLE orders (id int PRIMARY KEY, email text);\n"
UNIQUE = "ALTER TABLE orders ADD UNIQUE (email);\n"
INDEX = "CREATE INDEX i ON orders (email);\n"
CHECK = "ALTER TABLE orders ADD CHECK (id > 0);\n"
FILL = "ALTER TABLE orders ADD at timestamptz DEFAULT clock_timestamp();\n"


def fix(home: Path, **files: str) -> tuple[FixResult, dict[str, str]]:
    """The fix of the file `fixed`, and what lies in the directory then."""
    for name, text in {**files}.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)
    path = next(str(home / name) for name in files if "given" not in name and "down" not in name)
    found = fix_migrations(select_migrations([path]), LintOptions(), Settings(migrations_dir=str(home)))
    write_changes([(each.path, each.old, each.new) for each in found.files])
    left = {str(path.relative_to(home)): path.read_text() for path in sorted(home.rglob("*.sql"))}
    return found, {name: text for name, text in left.items() if "given" not in name}


def test_goose(tmp_path: Path) -> None:
    _, files = fix(
        tmp_path,
        **{
            "1_given.sql": f"-- +goose Up\n{GIVEN}",
            "2_x.sql": f"-- +goose Up\n{FILL}{UNIQUE}\n-- +goose Down\nALTER TABLE orders DROP COLUMN at;\n",
        },
    )
    assert list(files) == ["2_x.sql", "3_x-fill.sql", "4_x-index.sql", "5_x-finish.sql"]
    assert files["2_x.sql"].endswith("\n-- +goose Down\nALTER TABLE orders DROP COLUMN at;\n")
    assert files["2_x.sql"].startswith("-- +goose Up\nALTER TABLE orders ADD IF NOT EXISTS at timestamptz;\n")
    assert files["3_x-fill.sql"].startswith(
        "-- +goose NO TRANSACTION\n-- +goose Up\n\n-- +goose StatementBegin\nDO $$"
    )
    assert "$$;\n-- +goose StatementEnd\n\n-- +goose Down" in files["3_x-fill.sql"]
    assert files["5_x-finish.sql"] == (
        "-- +goose Up\n\nALTER TABLE orders ADD CONSTRAINT orders_email_key UNIQUE USING INDEX orders_email_key;\n"
        "\n-- +goose Down\n\nALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_email_key;\n"
        # One word of goose is for both parts: where the up part has a transaction, so has the down part.
        "CREATE UNIQUE INDEX IF NOT EXISTS orders_email_key ON orders (email);\n"
    )


def test_goose_takes_the_transaction_from_no_part_that_needs_one(tmp_path: Path) -> None:
    text = f"-- +goose Up\nALTER TABLE orders ADD y int;\n\n-- +goose Down\n{INDEX}"
    found, files = fix(tmp_path, **{"1_given.sql": f"-- +goose Up\n{GIVEN}", "2_x.sql": text})
    assert "CONCURRENTLY" not in files["2_x.sql"]
    assert "both parts" in found.refused[0][1]


def test_dbmate(tmp_path: Path) -> None:
    _, files = fix(
        tmp_path,
        **{
            "20240101000000_given.sql": f"-- migrate:up\n{GIVEN}",
            "20240101000001_x.sql": (
                f"-- migrate:up\n{UNIQUE}\n-- migrate:down\nALTER TABLE orders DROP CONSTRAINT orders_email_key;\n"
            ),
        },
    )
    first, second = files.values()
    assert first.startswith("-- migrate:up transaction:false\nCREATE UNIQUE INDEX CONCURRENTLY")
    assert "-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY IF EXISTS orders_email_key;" in first
    assert second.startswith("-- migrate:up\n\nALTER TABLE orders ADD CONSTRAINT")
    assert "-- migrate:down transaction:false\n\nALTER TABLE orders DROP CONSTRAINT" in second
    assert "CREATE UNIQUE INDEX CONCURRENTLY" in second


def test_flyway_counts_a_version_on(tmp_path: Path) -> None:
    _, files = fix(tmp_path, **{"V1__given.sql": GIVEN, "V2__x.sql": UNIQUE, "V3__given.sql": "SELECT 1;"})
    assert list(files) == ["V2.1__x-finish.sql", "V2__x.sql"]


def test_golang_migrate_gets_pairs(tmp_path: Path) -> None:
    down = "ALTER TABLE orders ALTER email DROP NOT NULL;\nALTER TABLE orders DROP CONSTRAINT orders_id_check;\n"
    up = f"{CHECK}ALTER TABLE orders ALTER email SET NOT NULL;\n"
    _, files = fix(tmp_path, **{"1_given.up.sql": GIVEN, "2_x.up.sql": up, "2_x.down.sql": down})
    names = ("2_x", "3_x-validate", "4_x-finish")
    assert list(files) == [f"{name}.{way}.sql" for name in names for way in ("down", "up")]
    assert files["2_x.down.sql"] == (
        "ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_email_present;\n"
        "ALTER TABLE orders DROP CONSTRAINT orders_id_check;\n"
    )
    assert files["4_x-finish.down.sql"].endswith("ALTER TABLE orders ALTER COLUMN email DROP NOT NULL;\n")


def test_sqlx(tmp_path: Path) -> None:
    _, files = fix(tmp_path, **{"1_given.sql": f"-- no-transaction\n{GIVEN}", "2_x.sql": INDEX})
    assert files["2_x.sql"].startswith("-- no-transaction\nCREATE INDEX CONCURRENTLY")


def test_sqlx_says_it_in_each_file_of_a_pair(tmp_path: Path) -> None:
    down = "ALTER TABLE orders DROP CONSTRAINT orders_email_key;\n"
    given = {"1_given.up.sql": f"-- no-transaction\n{GIVEN}", "1_given.down.sql": "-- no-transaction\nSELECT 1;\n"}
    _, files = fix(tmp_path, **given, **{"2_x.up.sql": UNIQUE, "2_x.down.sql": down})
    assert files["2_x.down.sql"] == "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS orders_email_key;\n"
    assert files["3_x-finish.down.sql"].startswith("-- no-transaction\nALTER TABLE orders DROP CONSTRAINT")


@pytest.mark.parametrize(
    ("given", "name", "text", "why"),
    [
        ("2020-01-01-000000_given/up.sql", "2020-01-02-000000_x/up.sql", INDEX, "metadata.toml"),
        ("1_given/migration.sql", "2_x/migration.sql", UNIQUE, "a folder"),
        (
            "1_given.sql",
            "2_x.sql",
            "LOCK TABLE orders;\nALTER TABLE orders ADD CHECK (id > 0);\n",
            "in one transaction",
        ),
    ],
)
def test_what_cannot_be_cut_says_why(given: str, name: str, text: str, why: str, tmp_path: Path) -> None:
    found, files = fix(tmp_path, **{given: GIVEN, name: text})
    assert why in dict(found.refused)[str(tmp_path / name)]
    assert "CONCURRENTLY" not in files[name]


def test_a_number_that_is_taken_leaves_a_file_as_it_is(tmp_path: Path) -> None:
    text = f"-- +goose Up\n{UNIQUE}"
    found, files = fix(
        tmp_path,
        **{
            "1_given.sql": f"-- +goose Up\n{GIVEN}",
            "2_x.sql": text,
            "3_given.sql": "-- +goose Up\nSELECT 1;\n",
        },
    )
    assert files["2_x.sql"] == text
    assert "no free name" in found.refused[0][1]


def test_files_that_a_dead_run_left_are_taken_up(tmp_path: Path) -> None:
    project = {"1_given.sql": GIVEN, "2_x.sql": f"-- Up Migration\n{UNIQUE}-- Down Migration\n"}
    for name, text in project.items():
        (tmp_path / name).write_text(text)
    found = fix_migrations(
        select_migrations([str(tmp_path / "2_x.sql")]), LintOptions(), Settings(migrations_dir=str(tmp_path))
    )
    files = [(each.path, each.old, each.new) for each in found.files]
    # New files come first: whoever dies between the two leaves every statement of the old text in force.
    write_changes([each for each in files if not each[1]])
    assert (tmp_path / "2_x.sql").read_text() == project["2_x.sql"]
    again = fix_migrations(
        select_migrations([str(tmp_path / "2_x.sql")]), LintOptions(), Settings(migrations_dir=str(tmp_path))
    )
    write_changes([(each.path, each.old, each.new) for each in again.files])
    left = {str(path): path.read_text() for path in tmp_path.glob("*.sql") if "given" not in path.name}
    assert left == {path: new for path, _, new in files}
