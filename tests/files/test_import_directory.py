"""Another tool's directory becomes our own: the same texts, in the same order, or a refusal that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rowkeep import files
from rowkeep.domain.history.imported import ForeignOrigin, normalize_version, parse_origin
from rowkeep.domain.migration import Directory, Migration
from rowkeep.errors import Misused, Refused
from rowkeep.files import import_directory

Files = dict[str, str]

DIESEL = {
    "2019-02-26-002946_create_user/up.sql": "CREATE TABLE u (id int);\n\n\n",
    "2019-02-26-002946_create_user/down.sql": "DROP TABLE u;",
    "2020-01-01-000000-0000_index/up.sql": "CREATE INDEX CONCURRENTLY i ON u (id);\n",
    "2020-01-01-000000-0000_index/down.sql": "",
    "2020-01-01-000000-0000_index/metadata.toml": "run_in_transaction = false\n",
}
GOOSE = {
    "2_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM;\n",
    "10_c.go": "package migrations\n",
    "1_a.sql": "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose StatementEnd\n-- +goose Down\nSELECT 2;",
}
DBMATE = {"20200101_a.sql": "-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"}
FLYWAY = {"V1.2__a_b.sql": "SELECT 1;", "V1.10__c.sql": "SELECT 2;", "U1.10__c.sql": "SELECT 3;"}


def written(place: Path, given: Files) -> str:
    for name, text in given.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return str(place)


def imported(tmp_path: Path, given: Files) -> tuple[Directory, tuple[Migration, ...]]:
    """The old directory, and what is read from the new one."""
    old = files.read_directory(written(tmp_path / "old", given))
    import_directory.write_imported(str(tmp_path / "new"), import_directory.convert_directory(old).copies)
    return old, files.read_directory(str(tmp_path / "new")).migrations


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (DIESEL, ["20190226002946_create_user", "202001010000000000_index"]),
        (GOOSE, ["1_a", "2_b", "10_c"]),
        (DBMATE, ["20200101_a"]),
        (FLYWAY, ["12_a_b", "110_c"]),
    ],
    ids=["diesel", "goose", "dbmate", "flyway"],
)
def test_order_names_texts_and_transactions_are_kept(tmp_path: Path, given: Files, names: list[str]) -> None:
    old, new = imported(tmp_path, given)
    assert [each.name for each in new] == names
    assert [parse_origin(each) for each in new] == [ForeignOrigin(old.layout, each.name) for each in old.migrations]
    for before, after in zip(old.migrations, new, strict=True):
        assert after.obstacles == ()
        if before.path.endswith(".go"):
            assert "RAISE EXCEPTION" in after.up.text
            assert after.down is None
            continue
        assert after.up.transaction is before.up.transaction
        assert meant(after.up.text) == meant(before.up.text)
        assert (after.down is None) is (before.down is None)
        if after.down is not None and before.down is not None:
            assert after.down.transaction is before.down.transaction
            assert meant(after.down.text) == meant(before.down.text)


def meant(text: str) -> list[str]:
    """The lines of a part without the markers of any tool."""
    marks = ("-- Up Migration", "-- Down Migration", "-- rowkeep:", "-- +goose Up", "-- +goose Down", "-- migrate:")
    return [line for line in text.splitlines() if line and not line.startswith(marks)]


def test_numbers_that_do_not_sort_as_numbers_are_given_anew(tmp_path: Path) -> None:
    _, new = imported(tmp_path, {"V1.9__a.sql": "SELECT 1;", "V1.10__b.sql": "SELECT 1;", "V2__c.sql": "SELECT 1;"})
    assert [each.name for each in new] == ["0001_a", "0002_b", "0003_c"]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({**DBMATE, "3_a.sql": "-- migrate:up\nSELECT 1;\n-- down migration follows\nSELECT 2;\n"}, "marker"),
        ({"1_a.sql": "-- +goose Up\n-- +goose ENVSUBST ON\nSELECT '${X}';\n"}, "environment variables"),
        ({"1_a.sql": "SELECT 0;\n-- +goose Up\nSELECT 1;\n"}, "before the first marker"),
    ],
    ids=["a look-alike", "substitution", "text before"],
)
def test_what_would_be_another_text_is_refused(tmp_path: Path, given: Files, match: str) -> None:
    with pytest.raises(Refused, match=match):
        imported(tmp_path, given)
    assert not (tmp_path / "new").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    imported(tmp_path, DIESEL)
    with pytest.raises(Misused, match="already exists"):
        imported(tmp_path, DIESEL)
    with pytest.raises(Misused, match="needs no import"):
        import_directory.convert_directory(files.read_directory(str(tmp_path / "new")))


def test_versions_are_told_alike() -> None:
    assert normalize_version("2019-02-26-002946") == normalize_version("20190226002946")
    assert normalize_version("0007") == "7"
    assert normalize_version("V1") == "V1"
