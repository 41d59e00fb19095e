"""Which backups to keep: by number, by age, and one for each day, week and month."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """A rule of what to keep of one database. Only proven backups count.

    last: the newest ones, at least 1. days: those of the last days (24 hours each), proven or not. daily, weekly,
    monthly: the newest one of each of as many days, ISO weeks and months (UTC), counting only those with a backup.
    """

    last: int = 10
    days: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0


PERIODS: tuple[tuple[str, Callable[[datetime], tuple[int, ...]]], ...] = (
    ("daily", lambda moment: (moment.year, moment.month, moment.day)),
    ("weekly", lambda moment: tuple(moment.isocalendar())[:2]),
    ("monthly", lambda moment: (moment.year, moment.month)),
)


def choose_kept(backups: Iterable[Backup], retention: Retention, now: datetime) -> dict[str, str]:
    """Why each backup of one database is kept, by its id. What is not in it may be removed.

    Backups newer than the oldest of the `last` proven ones stay, proven or not: one of them may be the only copy of
    newer rows. So the last proven one always stays, and with fewer than `last` proven ones nothing is removed.
    """
    newest_first = sorted(backups, key=lambda backup: (backup.taken_at, backup.id), reverse=True)
    proven = [backup for backup in newest_first if backup.verified]
    if len(proven) < retention.last:
        return {backup.id: f"fewer than {retention.last} are proven" for backup in newest_first}
    reasons: dict[str, str] = {}
    last = newest_first.index(proven[retention.last - 1])
    for backup in newest_first[: last + 1]:
        reasons[backup.id] = f"newest {retention.last}" if backup.verified else "newer than a proven one that is kept"
    since = now - timedelta(days=retention.days)
    for backup in newest_first:
        if retention.days and taken_at(backup) >= since:
            reasons.setdefault(backup.id, f"last {retention.days} days")
    for name, period in PERIODS:
        seen: set[tuple[int, ...]] = set()
        for backup in proven:
            key = period(taken_at(backup))
            if key in seen or len(seen) == getattr(retention, name):
                continue
            seen.add(key)
            reasons.setdefault(backup.id, name)
    return reasons


def taken_at(backup: Backup) -> datetime:
    """When the backup was taken."""
    return datetime.fromisoformat(backup.taken_at).astimezone(UTC)


def find_newest_proven(backups: Iterable[Backup], database: str) -> Backup | None:
    """The newest proven backup of the database."""
    proven = [backup for backup in backups if backup.verified and backup.database == database]
    return max(proven, key=lambda backup: (backup.taken_at, backup.id), default=None)
