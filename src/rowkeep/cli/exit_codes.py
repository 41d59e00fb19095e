"""Maps errors to exit codes (table: docs/exit-codes.md). The only place where errors become numbers."""

from __future__ import annotations

from rowkeep import errors

OK = 0
REFUSED = 1
MISUSED = 2
DIFFERS = 8

CODES: tuple[tuple[type[errors.RowkeepError], int], ...] = (
    (errors.Refused, 1),
    (errors.Misused, 2),
    (errors.Unreachable, 3),
    (errors.Busy, 4),
    (errors.Failed, 5),
    (errors.HalfDone, 6),
    (errors.BackupFailed, 7),
    (errors.Differs, 8),
    (errors.Bug, 70),
)


def exit_code(error: errors.RowkeepError) -> int:
    """The exit code of `error`; 128 + signal for an interruption, 70 for unknown kinds."""
    if isinstance(error, errors.Interrupted):
        return 128 + error.signal
    return next((number for kind, number in CODES if isinstance(error, kind)), 70)
