"""Checks of the project on this machine: migrations, backups, secrets."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.count import count_text
from rowkeep.domain.doctor_facts import DoctorFacts, PathFacts
from rowkeep.domain.health_check import Check, CheckResult


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """The migrations can be read; only the owner can read backups and secrets, and they are not in git."""
    yield from _migrations(facts)
    yield _backups(facts)
    yield from _passfile(facts.machine.passfile)
    yield from _env_file(facts)


def _migrations(facts: DoctorFacts) -> Iterator[Check]:
    if facts.directory is None:
        obstacle = facts.unread
        if obstacle is not None:
            yield Check("migrations", CheckResult.FAIL, obstacle.what, obstacle.why, obstacle.instead)
        return
    directory = facts.directory
    fatal = [remark for remark in directory.every_remark if remark.fatal]
    for remark in fatal:
        place = remark.source.place(remark.span.start)
        yield Check("migrations", CheckResult.FAIL, f"{place}: {remark.message}", "none of its migrations would run")
    if not fatal:
        count = len(directory.migrations)
        words = f"{directory.path}: {count_text(count, 'migration')} ({directory.layout})"
        if count:
            yield Check("migrations", CheckResult.OK, words)
        else:
            yield Check(
                "migrations", CheckResult.WARN, words, "there is nothing to apply yet", ("rowkeep create NAME",)
            )


def _backups(facts: DoctorFacts) -> Check:
    place = facts.machine.backups
    if place.mode is None:
        health = CheckResult.OK if place.writable else CheckResult.FAIL
        words = f"{place.path} does not exist yet and can{'' if place.writable else 'not'} be created"
        return Check("backups-dir", health, words, "" if place.writable else "no backup, no deploy")
    if not place.writable:
        return Check(
            "backups-dir",
            CheckResult.FAIL,
            f"cannot write to {place.path}",
            "no backup, no deploy",
            (f"chmod u+rwx {place.path}",),
        )
    if place.mode & 0o077:
        return Check(
            "backups-dir",
            CheckResult.WARN,
            f"{place.path} has mode {place.mode:04o}: other users of this machine can see the file names",
            "the dumps themselves have mode 0600, but names and sizes reveal something, too",
            (f"chmod 700 {place.path}",),
        )
    if facts.machine.git_ignores.get(place.path) is False:
        return Check(
            "backups-dir",
            CheckResult.WARN,
            f"{place.path} is not ignored by git",
            "one `git add .` would put production data into the repository",
            (f"echo '{place.path}/' >> .gitignore",),
        )
    return Check("backups-dir", CheckResult.OK, f"{place.path}, readable by its owner only")


def _passfile(place: PathFacts | None) -> Iterator[Check]:
    if place is None or place.mode is None:
        return
    if place.mode & 0o077:
        yield Check(
            "passfile",
            CheckResult.FAIL,
            f"{place.path} has mode {place.mode:04o}",
            "libpq ignores a password file that others can read",
            (f"chmod 600 {place.path}",),
        )
    else:
        yield Check("passfile", CheckResult.OK, f"{place.path}, readable by its owner only")


def _env_file(facts: DoctorFacts) -> Iterator[Check]:
    place = facts.machine.env_file
    if place is None or place.mode is None:
        return
    if place.mode & 0o077:
        yield Check(
            "env-file",
            CheckResult.WARN,
            f"{place.path} has mode {place.mode:04o}",
            "every user of this machine can read the database password",
            (f"chmod 600 {place.path}",),
        )
    elif facts.machine.git_ignores.get(place.path) is False:
        yield Check(
            "env-file",
            CheckResult.WARN,
            f"{place.path} is not ignored by git",
            "one `git add .` would put the password into the repository",
            (f"echo '{place.path}' >> .gitignore",),
        )
    else:
        yield Check("env-file", CheckResult.OK, f"{place.path}, readable by its owner only")
