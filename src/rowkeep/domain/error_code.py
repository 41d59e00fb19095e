"""The stable codes of all foreseen failures: one for each kind that a caller handles differently, or looks up.

A code is never renamed or reused. `docs/errors.md` is generated from this file.
"""

from __future__ import annotations

from rowkeep.domain.enumeration import StrEnum


class ErrorCode(StrEnum):
    """What failed. meaning: the failure in one sentence. fix: what to do about it, as a rule."""

    _value_: str
    meaning: str
    fix: str

    def __new__(cls, value: str, meaning: str, fix: str) -> ErrorCode:
        code = str.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        code.fix = fix
        return code

    # Usage and settings
    INVALID_USAGE = (
        "invalid-usage",
        "The options or arguments are wrong, or do not go together.",
        "Read `rowkeep COMMAND --help`.",
    )
    UNKNOWN_COMMAND = (
        "unknown-command",
        "There is no such command.",
        "Use a command of `rowkeep --help`.",
    )
    UNKNOWN_MIGRATION = (
        "unknown-migration",
        "The word names no migration of the directory.",
        "Check the name with `rowkeep status`.",
    )
    UNKNOWN_RULE = (
        "unknown-rule",
        "The word names no lint rule and no group of rules.",
        "See `rowkeep rule --list`.",
    )
    UNKNOWN_ENVIRONMENT = (
        "unknown-environment",
        "The configuration has no environment of this name.",
        "Use a name from the message, or add the environment to the configuration.",
    )
    REASON_MISSING = (
        "reason-missing",
        "The command needs a reason, which the ledger keeps.",
        "Add `--because 'REASON'`.",
    )
    CONFIG_INVALID = (
        "config-invalid",
        "The configuration file is not valid TOML, or its tables cannot be used.",
        "Fix the file at the place shown.",
    )
    CONFIG_NOT_FOUND = (
        "config-not-found",
        "The configuration file that was named does not exist.",
        "Check the path.",
    )
    SETTING_INVALID = (
        "setting-invalid",
        "A setting or option has a value that it cannot have, or is unknown.",
        "Fix the value; `docs/configuration.md` lists what is allowed.",
    )
    UNTRUSTED_SETTING = (
        "untrusted-setting",
        "A setting from the checkout would decide about programs or secrets; it is not trusted for that.",
        "Set it yourself: on the command line, in the environment, or trust the checkout.",
    )
    UNTRUSTED_DATABASE = (
        "untrusted-database",
        "The checkout names the database, and your own credentials would be sent there.",
        "Name the database yourself with `--database`, or trust the checkout.",
    )
    PATH_OUTSIDE_PROJECT = (
        "path-outside-project",
        "A path from the checkout leads out of the project.",
        "Use a path inside the project.",
    )
    DATABASE_NOT_NAMED = (
        "database-not-named",
        "No database was named.",
        "Give `--database URL` or set `DATABASE_URL`.",
    )
    DATABASE_AMBIGUOUS = (
        "database-ambiguous",
        "Two sources name different databases for one environment.",
        "Remove one of them.",
    )
    DATABASE_URL_INVALID = (
        "database-url-invalid",
        "The database address cannot be parsed.",
        "Fix the address; percent-encode special characters.",
    )
    SECRET_NOT_PASSABLE = (
        "secret-not-passable",
        "A secret cannot be passed to a PostgreSQL program without appearing in the process list.",
        "Put the connection into a service file and use `service=NAME`.",
    )
    CONFIRMATION_NEEDED = (
        "confirmation-needed",
        "The change needs a confirmation and nobody can be asked.",
        "Pass the option that the message names.",
    )
    NOT_CONFIRMED = (
        "not-confirmed",
        "The confirmation was not given.",
        "Run the command again and confirm.",
    )

    # Files and directories
    FILE_NOT_FOUND = (
        "file-not-found",
        "A file or directory that was named does not exist.",
        "Check the path.",
    )
    FILE_NOT_READABLE = (
        "file-not-readable",
        "A file or directory cannot be read.",
        "Check its type, its permissions and its encoding.",
    )
    FILE_NOT_WRITTEN = (
        "file-not-written",
        "A file or directory cannot be written.",
        "Check permissions and free space.",
    )
    FILE_EXISTS = (
        "file-exists",
        "A file that would be written exists already.",
        "Choose another name, or move the file away.",
    )
    FILE_CHANGED = (
        "file-changed",
        "A file changed while the command was working on it.",
        "Run the command again.",
    )
    MIGRATIONS_DIRECTORY_NOT_FOUND = (
        "migrations-directory-not-found",
        "The migrations directory does not exist.",
        "Check `migrations-dir`, or run `rowkeep init`.",
    )
    MIGRATIONS_DIRECTORY_AMBIGUOUS = (
        "migrations-directory-ambiguous",
        "The project has more than one migrations directory.",
        "Name one with `--migrations-dir`.",
    )
    NO_MIGRATIONS = (
        "no-migrations",
        "The directory holds no migration of the kind the command needs.",
        "Check the directory.",
    )
    NO_FREE_NAME = (
        "no-free-name",
        "No name is left for a new file at this place in the order.",
        "Rename the migrations around it.",
    )
    PACKAGE_JSON_INVALID = (
        "package-json-invalid",
        "`package.json` cannot be parsed, or not changed without risk.",
        "Fix it, or edit the scripts by hand.",
    )
    BASELINE_INVALID = (
        "baseline-invalid",
        "The lint baseline file cannot be read.",
        "Fix the line shown, or write the baseline again.",
    )
    SCHEMA_FILE_INVALID = (
        "schema-file-invalid",
        "The schema file holds something that does not belong to a structure, or PostgreSQL refuses it.",
        "Write it again with `rowkeep schema dump`, or with `pg_dump --schema-only`.",
    )
    SMOKE_QUERY_INVALID = (
        "smoke-query-invalid",
        "A file with smoke queries contains something that is no query.",
        "Leave only what reads: SELECT, VALUES, TABLE, EXPLAIN, SHOW, or DO with nothing but these.",
    )
    SMOKE_QUERY_FAILED = (
        "smoke-query-failed",
        "A smoke query failed, or returned a boolean that is false or NULL.",
        "Read the reason; fix the migration, the data, or the query.",
    )
    CHANGE_NOT_PROVEN = (
        "change-not-proven",
        "No migration that leads from one structure to the other could be written and proven on a throw-away server.",
        "Write the migration by hand; the message says what is left.",
    )
    STRUCTURE_SOURCE_MISSING = (
        "structure-source-missing",
        "There is nothing to compare with, or it cannot be used for this.",
        "Name another source with `--against`.",
    )
    REPLAY_FAILED = (
        "replay-failed",
        "The migrations cannot be run from the first to the last on a throw-away server.",
        "Read the reason; compare with another source, or start the history with a baseline that creates everything.",
    )
    STRUCTURE_FILE_INVALID = (
        "structure-file-invalid",
        "The file is not a structure file of this version.",
        "Write it again.",
    )
    LAYOUT_NOT_SUPPORTED = (
        "layout-not-supported",
        "The layout of this directory does not allow this.",
        "Use a directory in the layout of node-pg-migrate.",
    )
    IMPORT_NOT_POSSIBLE = (
        "import-not-possible",
        "Files of another tool cannot be imported as they are, or need no import.",
        "Follow the steps in the message.",
    )

    # Migrations
    SYNTAX_ERROR = (
        "syntax-error",
        "A migration is not valid SQL or Python.",
        "Fix the migration at the place shown.",
    )
    MIGRATION_INVALID = (
        "migration-invalid",
        "A migration file, or the way the files fit together, cannot be used as it is.",
        "Fix the file at the place shown.",
    )
    MIGRATION_NAME_INVALID = (
        "migration-name-invalid",
        "The name of a migration is missing, too long, or holds a character that is not allowed.",
        "Choose another name.",
    )
    DUPLICATE_MIGRATION = (
        "duplicate-migration",
        "Two files have the name of one migration.",
        "Rename one that no database has applied.",
    )
    MIGRATION_NOT_DIVISIBLE = (
        "migration-not-divisible",
        "The migration cannot be split into several.",
        "Split it by hand.",
    )
    TRANSACTION_CONTROL = (
        "transaction-control",
        "A migration begins or ends a transaction itself.",
        "Remove BEGIN and COMMIT; Rowkeep runs each migration in a transaction.",
    )
    STATEMENT_NOT_SUPPORTED = (
        "statement-not-supported",
        "A statement cannot run where it stands: COPY FROM STDIN, or inside a transaction.",
        "Use the form that the message names.",
    )
    DOWN_PART_MISSING = (
        "down-part-missing",
        "The migration has no down part.",
        "Write one, or restore a backup.",
    )
    JAVASCRIPT_MIGRATION = (
        "javascript-migration",
        "The migration is JavaScript or TypeScript, which Rowkeep does not run.",
        "Hand it to node-pg-migrate with the option in the message.",
    )
    LINT_ERRORS = (
        "lint-errors",
        "Lint found errors.",
        "Fix them, or allow them with a reason.",
    )

    # Plan and history
    CHECKSUM_CHANGED = (
        "checksum-changed",
        "An applied migration was edited.",
        "Restore the file, or accept the new text with `rowkeep accept`.",
    )
    MIGRATION_FILE_MISSING = (
        "migration-file-missing",
        "A migration is applied and its file is gone.",
        "Restore the file from version control.",
    )
    MIGRATION_OUT_OF_ORDER = (
        "migration-out-of-order",
        "A pending migration is older than one that is applied.",
        "Give it a later name, or allow it with the option in the message.",
    )
    EARLIER_MIGRATIONS_PENDING = (
        "earlier-migrations-pending",
        "Earlier migrations are pending.",
        "Apply them first.",
    )
    MIGRATION_NOT_APPLIED = (
        "migration-not-applied",
        "The migration is not applied.",
        "See `rowkeep status`.",
    )
    MIGRATION_ALREADY_APPLIED = (
        "migration-already-applied",
        "An applied migration would be changed.",
        "Write a new migration instead.",
    )
    MIGRATION_NOT_LAST = (
        "migration-not-last",
        "Later migrations are applied on top of this one.",
        "Undo those first.",
    )
    MIGRATION_UNFINISHED = (
        "migration-unfinished",
        "An earlier run left a migration half done.",
        "Finish it first: the message names the command.",
    )
    UNFINISHED_MIGRATION_EDITED = (
        "unfinished-migration-edited",
        "A half-done migration was edited after it stopped.",
        "Restore the text that was running, then finish it.",
    )
    MIGRATIONS_PENDING = (
        "migrations-pending",
        "Migrations are still pending after the waiting time.",
        "Apply them, or wait longer.",
    )
    APPLIED_UNKNOWN = (
        "applied-unknown",
        "It is not known which migrations are applied.",
        "Name the pending ones, or the database.",
    )
    HISTORY_CONFLICT = (
        "history-conflict",
        "The history does not agree with the change that was asked for.",
        "See `rowkeep status`.",
    )
    HISTORY_NOT_IMPORTED = (
        "history-not-imported",
        "The history of the old tool holds migrations that were not imported.",
        "Import them, or mark them by hand.",
    )
    HISTORY_NOT_SUPPORTED = (
        "history-not-supported",
        "The history of this tool or layout is not read.",
        "Import the directory, or mark the migrations by hand.",
    )
    HISTORY_TABLE_NOT_FOUND = (
        "history-table-not-found",
        "There is no history table of the old tool, or more than one.",
        "Name it with `--table SCHEMA.TABLE`.",
    )
    CLOCK_BEHIND_HISTORY = (
        "clock-behind-history",
        "The server's time is before the newest row of the history.",
        "Wait, or correct the clock.",
    )
    LEDGER_MISSING = (
        "ledger-missing",
        "The ledger (schema `rowkeep`) is needed, is not there, and this role may not create it.",
        "`CREATE SCHEMA rowkeep AUTHORIZATION ROLE`, as the owner of the database.",
    )
    LEDGER_PERMISSION_MISSING = (
        "ledger-permission-missing",
        "The role may not write the ledger.",
        "Grant it the rights that the message names.",
    )
    UNTRUSTED_TABLE = (
        "untrusted-table",
        "A table that Rowkeep uses could run code of another role with your rights.",
        "Give the table to a role you trust, or remove the trigger or rule.",
    )
    PLAN_INVALID = (
        "plan-invalid",
        "The file is not an unchanged saved plan.",
        "Save the plan again.",
    )
    PLAN_OUTDATED = (
        "plan-outdated",
        "Something changed since the plan was saved.",
        "Save the plan again and review it.",
    )

    # Connection and server
    CONNECTION_REFUSED = (
        "connection-refused",
        "Nothing accepts connections at this host and port.",
        "Check host and port, and that the server is running.",
    )
    CONNECTION_TIMEOUT = (
        "connection-timeout",
        "The server did not answer in time.",
        "Check the host, the network and the firewall.",
    )
    HOST_NOT_FOUND = (
        "host-not-found",
        "The host name cannot be resolved, or the socket does not exist.",
        "Check the host name.",
    )
    AUTHENTICATION_FAILED = (
        "authentication-failed",
        "The server refused the login: password, role, or no matching `pg_hba.conf` entry.",
        "Check user, password and `pg_hba.conf`.",
    )
    DATABASE_NOT_FOUND = (
        "database-not-found",
        "The database does not exist on this server.",
        "Check the name; `psql -l` lists the databases.",
    )
    TOO_MANY_CONNECTIONS = (
        "too-many-connections",
        "The server has no free connection.",
        "Try again, or raise `max_connections`.",
    )
    SERVER_NOT_READY = (
        "server-not-ready",
        "The server is starting up, shutting down or recovering.",
        "Try again in a moment.",
    )
    TLS_FAILED = (
        "tls-failed",
        "The TLS connection failed: the certificate is not trusted, or the server has no TLS.",
        "Check `sslmode` and `sslrootcert`.",
    )
    CONNECTION_FAILED = (
        "connection-failed",
        "The connection failed for another reason.",
        "Read the reason in the message; run `rowkeep doctor`.",
    )
    CONNECTION_LOST = (
        "connection-lost",
        "The connection was lost while the command was running.",
        "Run `rowkeep status`, then the command again.",
    )
    SESSION_SETUP_FAILED = (
        "session-setup-failed",
        "The connection was made and the session settings were refused.",
        "Run `rowkeep doctor`.",
    )
    TRANSACTION_POOLER = (
        "transaction-pooler",
        "A transaction-mode pooler stands before the database.",
        "Connect to the server directly.",
    )
    SERVER_READ_ONLY = (
        "server-read-only",
        "The server is a standby, or the session cannot write.",
        "Connect to the primary.",
    )
    SERVER_NOT_IDENTIFIED = (
        "server-not-identified",
        "The server cannot be identified, so a mark would not count.",
        "Grant the right that the message names.",
    )
    SERVER_CHANGED = (
        "server-changed",
        "After a lost connection another server answered, with an older state.",
        "Make sure the old primary is fenced off, then check `rowkeep status`.",
    )
    DATABASE_READ_FAILED = (
        "database-read-failed",
        "The server refused a query that only reads.",
        "Run `rowkeep doctor`.",
    )
    DATABASE_EXISTS = (
        "database-exists",
        "A database of this name exists.",
        "Choose another name.",
    )
    DATABASE_NOT_CREATED = (
        "database-not-created",
        "The server cannot create the database.",
        "Read the server's reason.",
    )
    DATABASE_NOT_RENAMED = (
        "database-not-renamed",
        "The restored database could not get its final name.",
        "Rename it by hand as the message says.",
    )
    DATABASE_NOT_FOUND_TO_SWAP = (
        "database-not-found-to-swap",
        "There is no database to swap with.",
        "Restore one first: `rowkeep restore BACKUP --swap`.",
    )
    DATABASE_IN_USE = (
        "database-in-use",
        "Sessions at work in the database keep it from being renamed.",
        "Stop the application, wait longer with `--drain`, or end them with `--end-sessions`.",
    )
    DATABASE_NOT_OWNED = (
        "database-not-owned",
        "Only the owner of a database may rename it.",
        "Become a member of the owner's role, as the message shows.",
    )
    DATABASE_NOT_SWAPPED = (
        "database-not-swapped",
        "The databases could not be swapped.",
        "Read the reason in the message.",
    )
    CREATEDB_PERMISSION_MISSING = (
        "createdb-permission-missing",
        "The role may not create a database.",
        "`ALTER ROLE … CREATEDB`.",
    )

    # Locks and running
    LOCK_TIMEOUT = (
        "lock-timeout",
        "A lock could not be acquired in time.",
        "Try again, wait longer, or end the session in the way.",
    )
    MIGRATION_LOCK_HELD = (
        "migration-lock-held",
        "Another run holds the migration lock.",
        "Wait for it with `--wait`.",
    )
    SESSION_NOT_ENDED = (
        "session-not-ended",
        "The session in the way cannot be ended by this role.",
        "End it as its owner or a superuser.",
    )
    LOCK_HOLD_EXCEEDED = (
        "lock-hold-exceeded",
        "A statement held a blocking lock longer than the limit, and was cancelled.",
        "Use the form that lint shows, or raise `--hold-limit`.",
    )
    MIGRATION_FAILED = (
        "migration-failed",
        "The server refused a statement of a migration; it was rolled back.",
        "Fix the migration, then run the command again.",
    )
    MIGRATION_HALF_APPLIED = (
        "migration-half-applied",
        "A migration stopped in the middle, and part of it stays.",
        "Fix it, then finish it: the message names the command.",
    )
    BOOKKEEPING_FAILED = (
        "bookkeeping-failed",
        "The server refused a statement of Rowkeep's own, for example on the ledger.",
        "Run `rowkeep doctor`.",
    )
    OUTCOME_UNKNOWN = (
        "outcome-unknown",
        "The answer of the server did not arrive: it is not known whether the change is in effect.",
        "Run `rowkeep status`.",
    )
    INTERRUPTED = (
        "interrupted",
        "The run was interrupted by a signal.",
        "Run the command again.",
    )

    # Rehearsal and deploy
    NOT_REHEARSED = (
        "not-rehearsed",
        "A down part was never rehearsed with this text.",
        "Run `rowkeep rehearse --down`.",
    )
    NOT_REHEARSABLE = (
        "not-rehearsable",
        "A migration needs something that a restored copy does not have.",
        "Move that part out of the migration, or accept it by name.",
    )
    ROUNDTRIP_DIFFERS = (
        "roundtrip-differs",
        "Up, down and up again does not end with the same structure.",
        "Fix the down part.",
    )
    DATA_LOSS = (
        "data-loss",
        "The rehearsal or the guard saw that a migration loses data; the guard rolled it back.",
        "Change the migration so that it keeps it, or accept the loss by name (docs/guard.md).",
    )
    REHEARSAL_FILE_INVALID = (
        "rehearsal-file-invalid",
        "The file is not an unchanged rehearsal that this version of Rowkeep saved.",
        "Save the rehearsal again: `rowkeep rehearse --save FILE`.",
    )
    REHEARSAL_OUTDATED = (
        "rehearsal-outdated",
        "The saved rehearsal did not pass, is too old, or something changed since.",
        "Rehearse again.",
    )
    LOCK_BUDGET_EXCEEDED = (
        "lock-budget-exceeded",
        "According to the rehearsal, a lock would block the application longer than `--max-lock` or `--hold-limit`.",
        "Use the form that lint shows, or accept the lock by name.",
    )
    STATEMENTS_BROKEN = (
        "statements-broken",
        "The migrations break statements of the application.",
        "Change the migration in steps, or accept each statement by name.",
    )
    STRUCTURE_CHANGED = (
        "structure-changed",
        "The structure of production changed during the rehearsal.",
        "Run the command again.",
    )
    STRUCTURE_DIFFERS = (
        "structure-differs",
        "The structure after the change is not the one that was rehearsed.",
        "Compare with `rowkeep verify`.",
    )

    # Backup and restore
    BACKUP_FAILED = (
        "backup-failed",
        "The backup could not be made.",
        "Read the reason; the message names the next step.",
    )
    BACKUP_NOT_WRITTEN = (
        "backup-not-written",
        "The backup cannot be written to its directory.",
        "Check permissions and free space of the backups directory.",
    )
    BACKUP_PERMISSION_MISSING = (
        "backup-permission-missing",
        "The role may not read everything that belongs in the backup.",
        "Grant it `pg_read_all_data`, or back up as the owner.",
    )
    BACKUP_LOCKS_EXHAUSTED = (
        "backup-locks-exhausted",
        "The server's lock table is too small to dump so many tables.",
        "Raise `max_locks_per_transaction`.",
    )
    BACKUP_STANDBY_CONFLICT = (
        "backup-standby-conflict",
        "The standby cancelled the dump because of recovery.",
        "Dump from the primary, or raise `max_standby_streaming_delay`.",
    )
    BACKUP_NOT_FOUND = (
        "backup-not-found",
        "There is no such backup, or more than one begins with this name.",
        "See `rowkeep backup list`.",
    )
    BACKUP_UNUSABLE = (
        "backup-unusable",
        "The backup cannot be used: it cannot be read, is damaged, or has an unknown format.",
        "Use another backup, or take a new one.",
    )
    BACKUP_DAMAGED = (
        "backup-damaged",
        "The files of the backup are not those that were written.",
        "Use another backup, and take a new one.",
    )
    BACKUP_NOT_PROVEN = (
        "backup-not-proven",
        "It could not be shown that the backup restores.",
        "Read the reason; run `rowkeep backup verify`.",
    )
    RESTORE_FAILED = (
        "restore-failed",
        "`pg_restore` failed.",
        "Read the reason in the message.",
    )
    RESTORED_DATA_DIFFERS = (
        "restored-data-differs",
        "The restored rows are not those of the manifest.",
        "Take a new backup.",
    )
    RESTORED_STRUCTURE_DIFFERS = (
        "restored-structure-differs",
        "The restored structure is not that of the database.",
        "Take a new backup.",
    )
    DATABASE_NOT_EMPTY = (
        "database-not-empty",
        "The target database of the restore is not empty.",
        "Restore into a new database with `--into`.",
    )
    EXTENSION_NOT_AVAILABLE = (
        "extension-not-available",
        "This server lacks an extension that the backup needs.",
        "Install the extension.",
    )
    ROLE_NOT_FOUND = (
        "role-not-found",
        "Roles that the backup needs are not on this server.",
        "Create them, or pass `--create-roles`.",
    )

    # Programs and local servers
    PROGRAM_MISSING = (
        "program-missing",
        "The PostgreSQL programs of the needed version are not there.",
        "Run `rowkeep tools install`, or install them with the system.",
    )
    PROGRAM_NOT_RUNNABLE = (
        "program-not-runnable",
        "A program is there and cannot be run.",
        "Read the system's reason; install it again.",
    )
    PROGRAM_TOO_OLD = (
        "program-too-old",
        "`pg_dump` or `pg_restore` is older than the server or the backup.",
        "Run `rowkeep tools install` for the newer version.",
    )
    PROGRAM_VERSION_MISMATCH = (
        "program-version-mismatch",
        "A downloaded program reports another version than expected.",
        "Remove it and install it again.",
    )
    PROGRAM_CACHE_NOT_WRITABLE = (
        "program-cache-not-writable",
        "No directory can keep downloaded programs.",
        "Set `XDG_CACHE_HOME` to a directory you can write.",
    )
    SYSTEM_LIBRARY_MISSING = (
        "system-library-missing",
        "A program needs a system library that is absent or too old.",
        "Install the library, or use the system's programs.",
    )
    PLATFORM_NOT_SUPPORTED = (
        "platform-not-supported",
        "There are no ready-made programs for this platform.",
        "Install PostgreSQL with the system's package manager.",
    )
    DOWNLOAD_FAILED = (
        "download-failed",
        "The programs could not be downloaded or unpacked.",
        "Check network and disk; install from a file with `--from`.",
    )
    DOWNLOAD_CORRUPT = (
        "download-corrupt",
        "A downloaded file is not the expected one.",
        "Download it again from a trusted source.",
    )
    ICU_MISSING = (
        "icu-missing",
        "The local server has no ICU, which collations of the database need.",
        "Install PostgreSQL with ICU.",
    )
    SERVER_USER_MISSING = (
        "server-user-missing",
        "PostgreSQL refuses to run as root and there is no other user for it.",
        "Create a system user, or do not run as root.",
    )
    LOCAL_SERVER_FAILED = (
        "local-server-failed",
        "A throw-away or embedded server could not be started.",
        "Read the reason in the message.",
    )
    GOLDEN_DIRECTORY_UNUSABLE = (
        "golden-directory-unusable",
        "The directory for golden copies cannot be used.",
        "Set ROWKEEP_GOLDEN_DIR to a directory that only you may write to.",
    )
    GOLDEN_COPY_UNUSABLE = (
        "golden-copy-unusable",
        "A golden copy is damaged, was changed, or does not fit this system or its backup.",
        "Remove it with `rowkeep clones prune`, and run `rowkeep rehearse --fresh`.",
    )
    CLONE_FAILED = (
        "clone-failed",
        "A golden copy could not be cloned.",
        "Read the reason in the message. `rowkeep clones prune --all` frees the room of all golden copies.",
    )
    EMBEDDED_SERVER_IN_USE = (
        "embedded-server-in-use",
        "Another process uses the embedded server or its directory.",
        "Stop it, or use another directory.",
    )
    EMBEDDED_DIRECTORY_UNUSABLE = (
        "embedded-directory-unusable",
        "The directory cannot hold an embedded server of this version.",
        "Use another directory.",
    )
    EMBEDDED_DIRECTORY_UNTRUSTED = (
        "embedded-directory-untrusted",
        "The directory was not made by this user on this machine, or holds links.",
        "Use a directory of your own.",
    )
    NODE_PG_MIGRATE_MISSING = (
        "node-pg-migrate-missing",
        "Node.js or the project's node-pg-migrate is not there.",
        "Install it in the project.",
    )
    NODE_PG_MIGRATE_VERSION = (
        "node-pg-migrate-version",
        "This version of node-pg-migrate is not known to work.",
        "Install a version that the message names.",
    )
    NODE_PG_MIGRATE_REFUSED = (
        "node-pg-migrate-refused",
        "This migration cannot be run by node-pg-migrate.",
        "Give the file another name.",
    )
    NODE_PG_MIGRATE_BUSY = (
        "node-pg-migrate-busy",
        "A session of an earlier node-pg-migrate has not ended.",
        "Wait for it, or end its session.",
    )
    NODE_PG_MIGRATE_DEVIATED = (
        "node-pg-migrate-deviated",
        "node-pg-migrate did something else than it was asked.",
        "Look at `rowkeep status` and `rowkeep verify`.",
    )

    # Roles
    RIGHTS_LOSS_NOT_ACCEPTED = (
        "rights-loss-not-accepted",
        "Rights would be taken away and nobody agreed.",
        "Accept it by name, as the message shows.",
    )
    PASSWORD_MISSING = (
        "password-missing",
        "A role has no password, or none was given.",
        "Set the password as the message shows.",
    )
    PASSWORD_INVALID = (
        "password-invalid",
        "The password has a character that is not allowed.",
        "Choose another password.",
    )
    ROLES_NOT_POSSIBLE = (
        "roles-not-possible",
        "These roles cannot be set up this way.",
        "Choose other roles.",
    )
    TABLE_NOT_FOUND = (
        "table-not-found",
        "A table that was named does not exist.",
        "Write it with its schema, as PostgreSQL does.",
    )
    ROLES_NOT_CHANGED = (
        "roles-not-changed",
        "The server refused a statement of the roles plan; it was rolled back.",
        "Read the server's reason.",
    )
    ROLES_DIFFER = (
        "roles-differ",
        "The server accepted the changes and did not do all of them.",
        "Run `rowkeep roles apply` as a superuser or as the owner of the object.",
    )
    ROLES_NOT_VERIFIED = (
        "roles-not-verified",
        "The roles were changed and the result could not be read.",
        "Run `rowkeep roles audit`.",
    )

    # Rowkeep itself
    BUG = (
        "bug",
        "Something happened that Rowkeep does not foresee.",
        "Report it with the output of `--debug`.",
    )
