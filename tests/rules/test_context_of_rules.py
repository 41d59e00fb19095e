"""Rules in the light of what stands around: guards, later files, down parts, changes to what is so already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.rules.conftest import Find

from rowkeep import files
from rowkeep.analysis import analyze

MEMBER = "CREATE TABLE member (id bigint PRIMARY KEY);"


def rules_of(*texts: str) -> list[str]:
    migrations = [files.read_text(f"{number}_a.sql", text) for number, text in enumerate(texts)]
    return [f"{each.rule} {each.severity.value} {each.direction.value}" for each in analyze(migrations).findings]


def test_a_guarded_new_table_and_its_index_cost_no_warning(find: Find) -> None:
    table = "CREATE TABLE IF NOT EXISTS addr (id bigint PRIMARY KEY, user_id bigint);"
    index = "CREATE INDEX IF NOT EXISTS addr_user ON addr (user_id);"
    users = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);"
    assert find(users, table + index, of=("index-blocks-writes",)) == ["index-blocks-writes note 1"]
    assert find(users, table, index, of=("index-blocks-writes",)) == ["index-blocks-writes error 1"]
    # Likewise in the first and only file.
    assert find(table + index, of=("index-blocks-writes",)) == ["index-blocks-writes note 1"]
    unique = "ALTER TABLE addr ADD CONSTRAINT addr_u UNIQUE (user_id);"
    assert find(table + unique, of=("unique-constraint-builds-index",)) == ["unique-constraint-builds-index note 1"]
    assert find(index, of=("index-blocks-writes",)) == ["index-blocks-writes error 1"]


def test_the_safe_form_of_an_index_is_complete() -> None:
    bare = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON member "
    for text, safe in (
        ("CREATE INDEX i ON member (id);", f"{bare}(id);"),
        (
            "CREATE INDEX i ON public.member\n  USING btree (id DESC, lower(a)) INCLUDE (b)\n  WHERE id > 3;",
            f"{bare.replace('member', 'public.member')}USING btree (id DESC, lower(a)) INCLUDE (b) WHERE id > 3;",
        ),
        ("DO $$ BEGIN CREATE INDEX i ON member (id); END $$;", f"{bare}(id);"),
        ("DO $$ BEGIN EXECUTE 'CREATE INDEX i ON member (id)'; END $$;", f"{bare}(id);"),
        ("CREATE INDEX i ON member (id)\n WHERE a = 'x  y';", f"{bare}(id) WHERE a = 'x  y';"),
        ("CREATE INDEX i ON member (id) WHERE a = 'it''s';", f"{bare}(<columns>);"),
        ("CREATE INDEX i ON member (id) /* why */ WHERE id > 3;", f"{bare}(<columns>);"),
    ):
        findings = analyze([files.read_text("0_a.sql", MEMBER), files.read_text("1_a.sql", text)]).findings
        assert [each.hint for each in findings if each.code == "L001"] == [safe], text


def test_a_later_file_that_adds_the_index_silences_the_note() -> None:
    line = "CREATE TABLE line (id bigint PRIMARY KEY, member_id bigint REFERENCES member (id));"
    index = "CREATE INDEX CONCURRENTLY IF NOT EXISTS line_member ON line (member_id);"
    other = "CREATE INDEX CONCURRENTLY IF NOT EXISTS line_other ON line (id, member_id);"
    note = "foreign-key-without-index note up"
    assert note in rules_of(MEMBER, line)
    assert note in rules_of(MEMBER, line, other)
    assert note not in rules_of(MEMBER, line, index)


def test_a_new_column_that_must_have_a_value_from_now_on(find: Find) -> None:
    of, rule = ("required-column-without-default", "drop-default"), "required-column-without-default"
    added = "ALTER TABLE member ADD COLUMN nick text DEFAULT '' NOT NULL;"
    gone = "ALTER TABLE member ALTER COLUMN nick DROP DEFAULT;"
    assert find(MEMBER, f"{added}\n{gone}", of=of) == [f"{rule} error 2"]
    assert find(MEMBER, f"{added}\n{gone.replace('DROP DEFAULT', 'SET DEFAULT NULL')}", of=of) == [f"{rule} error 2"]
    plain = "ALTER TABLE member ADD COLUMN nick text;"
    set_now = "ALTER TABLE member ALTER COLUMN nick SET NOT NULL;"
    assert find(MEMBER, f"{plain}\n{set_now}", of=of) == [f"{rule} error 2"]
    assert find(MEMBER, f"{added}\n{gone}\nALTER TABLE member ALTER nick SET DEFAULT 'x';", of=of) == []
    assert find(MEMBER, f"{added}\n{gone}\nALTER TABLE member ALTER nick DROP NOT NULL;", of=of) == []
    assert find(MEMBER, added, gone, of=of) == ["drop-default warning 1"]


def test_a_change_to_what_it_is_already(find: Find) -> None:
    of = ("logging-change-rewrites-table",)
    logged, unlogged = "ALTER TABLE member SET LOGGED;", "ALTER TABLE member SET UNLOGGED;"
    assert find(MEMBER, logged, of=of) == []
    assert find(MEMBER, unlogged, of=of) == ["logging-change-rewrites-table error 1"]
    assert find(MEMBER, unlogged, unlogged, of=of) == []
    assert find(MEMBER, unlogged, logged, of=of) == ["logging-change-rewrites-table error 1"]
    assert find("CREATE TABLE IF NOT EXISTS member ();", logged, of=of) == ["logging-change-rewrites-table error 1"]
    method = ("access-method-rewrites-table",)
    assert find(MEMBER, "ALTER TABLE member SET ACCESS METHOD DEFAULT;", of=method) == [f"{method[0]} note 1"]


def test_a_down_part_that_undoes_its_own_view() -> None:
    view = "-- Up Migration\nCREATE OR REPLACE VIEW v AS SELECT id FROM member;\n-- Down Migration\nDROP VIEW v;"
    assert not [each for each in rules_of(MEMBER, view) if each.startswith("drop-view")]


def test_a_down_part_that_drops_what_has_gone_along() -> None:
    up = "-- Up Migration\nALTER TABLE member ADD COLUMN ends date UNIQUE, ADD COLUMN n serial;\n"
    index = "CREATE INDEX member_ends ON member (ends);\nCREATE INDEX member_day ON member ((ends + 1));\n"
    down = "-- Down Migration\nALTER TABLE member DROP COLUMN ends, DROP COLUMN n;\n"
    for statement in (
        "DROP INDEX member_ends;",
        "DROP INDEX member_day;",
        "DROP INDEX member_ends_key;",
        "DROP SEQUENCE member_n_seq;",
    ):
        assert "no-longer-there error down" in rules_of(MEMBER, up + index + down + statement), statement
    for statement in ("DROP INDEX IF EXISTS member_ends;", "DROP INDEX member_pkey;", "DROP INDEX elsewhere;"):
        assert "no-longer-there error down" not in rules_of(MEMBER, up + index + down + statement), statement


def test_a_down_part_that_drops_a_constraint_or_trigger_that_has_gone_along() -> None:
    up = (
        "-- Up Migration\nALTER TABLE member ADD c int CHECK (c > 0), ADD d text CONSTRAINT d_u UNIQUE;\n"
        "CREATE TABLE kid (id int);\nCREATE TRIGGER t BEFORE UPDATE ON kid FOR EACH ROW EXECUTE FUNCTION f();\n"
    )
    down = "-- Down Migration\nALTER TABLE member DROP COLUMN c, DROP COLUMN d;\nDROP TABLE kid;\n"
    for statement in (
        "ALTER TABLE member DROP CONSTRAINT member_c_check;",
        "ALTER TABLE member DROP CONSTRAINT d_u;",
        "DROP TRIGGER t ON kid;",
    ):
        assert "no-longer-there error down" in rules_of(MEMBER, up + down + statement), statement
    for statement in (
        "ALTER TABLE member DROP CONSTRAINT IF EXISTS member_c_check;",
        "ALTER TABLE member DROP CONSTRAINT member_pkey;",
        "ALTER TABLE member ADD COLUMN c int CHECK (c > 0);\nALTER TABLE member DROP CONSTRAINT member_c_check;",
        "DROP TRIGGER IF EXISTS t ON kid;",
        "CREATE TABLE kid (id int);\nDROP TRIGGER t ON kid;",
    ):
        assert "no-longer-there error down" not in rules_of(MEMBER, up + down + statement), statement
    first = "-- Down Migration\nALTER TABLE member DROP CONSTRAINT d_u, DROP COLUMN d;\n"
    assert "no-longer-there error down" not in rules_of(MEMBER, up + first)


def test_keys_that_are_not_enforced_and_settings_of_toast(find: Find) -> None:
    enforced = "ALTER TABLE member ADD COLUMN n bigint DEFAULT 1 CHECK (n > 0) REFERENCES member (id){};"
    of = ("column-check-scans-table", "foreign-key-without-index")
    assert find(MEMBER, enforced.format(""), of=of, major=18) == [
        "column-check-scans-table error 1",
        "foreign-key-without-index note 1",
    ]
    assert find(MEMBER, enforced.format(" NOT ENFORCED"), of=("foreign-key-without-index",), major=18) == []
    toast = files.read_text("1_a.sql", "ALTER TABLE member SET (toast.autovacuum_enabled = false);")
    (found,) = (each for each in analyze([files.read_text("0_a.sql", MEMBER), toast]).findings if each.code == "L330")
    assert "the long values (TOAST) of member" in found.message
