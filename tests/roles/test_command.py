"""`rowkeep roles` as it is typed: what it prints, what it ends with, and what it never says."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import run_command

PASSWORD = "g3heim-und-lang"


def rowkeep(desk, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "ROWKEEP", "DATABASE"))}
    return run_command("roles", *words, "-d", desk.conninfo, cwd=Path.cwd(), env={**clean, **environ})


NAMES = ("--bot", "bot", "--migration", "migrant")
CONSENT = ("--accept-loss-of-rights", "bot", "--accept-loss-of-rights", "PUBLIC")


def test_plan_apply_audit(shop):
    audited = rowkeep(shop, "audit", *NAMES)
    assert (audited.returncode, audited.stderr) == (1, "")
    assert "critical" in audited.stdout and "fix: ALTER TABLE" in audited.stdout

    secrets = {"ROWKEEP_BOT_PASSWORD": PASSWORD, "ROWKEEP_MIGRATION_PASSWORD": PASSWORD}
    planned = rowkeep(shop, "plan", *NAMES, **secrets)
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "BEGIN;" in planned.stdout and "TAKES RIGHTS AWAY from bot" in planned.stdout
    assert shop.session.connection.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'migrant'").fetchone() == (
        0,
    )

    applied = rowkeep(shop, "apply", *NAMES, *CONSENT, **secrets)
    assert applied.returncode == 0, applied.stderr
    assert planned.stdout in applied.stderr
    assert "denied   DROP TABLE" in applied.stdout
    assert PASSWORD not in planned.stdout + applied.stdout + applied.stderr
    assert "SCRAM-SHA-256$" not in applied.stdout + applied.stderr

    again = rowkeep(shop, "plan", *NAMES, **secrets)
    assert "nothing to do" in again.stdout
    assert rowkeep(shop, "audit", *NAMES).returncode == 0


def test_the_plan_is_a_script_that_psql_takes(shop, server):
    script = rowkeep(shop, "plan", *NAMES).stdout
    done = subprocess.run(
        [server.programs.path("psql"), "-X", "-v", "ON_ERROR_STOP=1", "-d", shop.conninfo],
        input=script,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert shop.plan().changes == ()


@pytest.mark.majors(18)
def test_every_role_that_loses_rights_is_asked_for_by_name(shop):
    """Whether it has a session now or not: it loses them at the next reconnect all the same."""
    with shop.login("bot"):
        refused = rowkeep(shop, "apply", *NAMES)
    assert refused.returncode == 6 and "no rights were taken away" in refused.stderr, refused.stderr
    assert "bot (1 session now) loses" in refused.stderr
    command = next(line for line in refused.stderr.splitlines() if "next:" in line)
    assert "--accept-loss-of-rights bot" in command and "--accept-loss-of-rights PUBLIC" in command
    again = rowkeep(shop, "apply", *NAMES, "--confirm=bot")
    assert again.returncode == 1 and "nothing was changed" in again.stderr, again.stderr
    assert (
        "rights of PUBLIC would be taken" in again.stderr
        and "bot (no session now)" not in again.stderr.split("error:")[1]
    )
    done = rowkeep(shop, "apply", *NAMES, "--confirm=bot", *CONSENT[2:], "--no-passwords-needed")
    assert done.returncode == 0, done.stderr
    assert shop.plan().changes == ()


@pytest.mark.majors(18)
def test_names_come_from_the_configuration_or_the_database(desk):
    told = rowkeep(desk, "plan", ROWKEEP_APPLICATION_ROLE="webapp")
    name = desk.session.connection.info.dbname
    assert f"bot webapp, migration role {name}_migration" in told.stdout


@pytest.mark.majors(18)
def test_json(shop):
    told = rowkeep(shop, "audit", *NAMES, "--output-format", "json")
    document = json.loads(told.stdout)
    assert told.returncode == document["exit_code"] == 1
    findings = document["result"]["audit"]["findings"]
    assert {"severity", "kind", "subject", "words", "fix"} == set(findings[0])
    assert document["result"]["audit"]["trials"][0]["result"] in ("denied", "allowed")
    planned = json.loads(rowkeep(shop, "plan", *NAMES, "--output-format", "json").stdout)
    assert planned["result"]["plan"]["changes"][0]["statements"]


@pytest.mark.majors(18)
def test_the_same_name_twice_is_misused(desk):
    told = rowkeep(desk, "plan", "--bot", "one", "--migration", "one")
    assert told.returncode == 2 and "Traceback" not in told.stderr
