"""A hostile checkout: what its files may say of the settings, and what they may not reach."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from rowkeep.cli.credentials import guard
from rowkeep.errors import Misused
from rowkeep.files.project.settings import load_settings

SECRET = "hunter2-hunter2"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "project"
    (home / "migrations").mkdir(parents=True)
    (home / "migrations/1700000000000_a.sql").write_text("DROP TABLE a;\n")
    (home / "bin").mkdir()
    for name in ("pg_dump", "postgres", "psql", "initdb", "pg_restore"):
        (home / "bin" / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\necho 'pg_dump (PostgreSQL) 17.2'\n")
        (home / "bin" / name).chmod(0o755)
    (tmp_path / "secret").write_text(f"PASSWORD={SECRET}\n{SECRET}\n")
    monkeypatch.chdir(home)
    return home


OUTSIDE = ("/proc/self/environ", "/etc/passwd", "../secret", "inner-link")


@pytest.mark.parametrize("key", ["baseline", "env-file", "migrations-dir"])
@pytest.mark.parametrize("value", OUTSIDE)
def test_a_path_out_of_the_project(key, value, run, project) -> None:  # type: ignore[no-untyped-def]
    (project / "inner-link").symlink_to(project.parent / "secret")
    (project / "rowkeep.toml").write_text(f'{key} = "{value}"\n')
    for command in ("lint", "config", "status"):
        ran = run(command, cwd=project, env={"OTHER": SECRET})
        assert ran.code == 2, ran
        assert "project" in ran.err
        assert SECRET not in ran.out + ran.err
        assert "root:" not in ran.out + ran.err


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("name", ["rowkeep.toml", "pyproject.toml", ".env"])
@pytest.mark.parametrize("kind", ["secret", "fifo", "/dev/zero", "too large"])
def test_the_files_of_settings_themselves(name, kind, run, project) -> None:  # type: ignore[no-untyped-def]
    at = project / name
    match kind:
        case "secret":
            at.symlink_to(project.parent / "secret")
        case "fifo":
            os.mkfifo(at)
        case "/dev/zero":
            at.symlink_to("/dev/zero")
        case _:
            at.write_text("#" * 2_000_000)
    ran = run("lint", cwd=project)
    assert ran.code == 2, ran
    assert name in ran.err
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize("where", ["rowkeep.toml", ".env"])
def test_programs_of_the_checkout_are_not_run(where, run, project) -> None:  # type: ignore[no-untyped-def]
    text = 'pg-bin = "bin"\n' if where == "rowkeep.toml" else "ROWKEEP_PG_BIN=bin\n"
    (project / where).write_text(text)
    for arguments in (("tools", "list"), ("doctor",), ("lint", "--witness"), ("backup",)):
        ran = run(*arguments, cwd=project, env={"DATABASE_URL": "postgresql://127.0.0.1:1/x"})
        assert ran.code == 2, ran
        assert "ROWKEEP_PG_BIN" in ran.err
    assert not (project.parent / "ran").exists()


def test_the_environment_may_say_so(run, project) -> None:  # type: ignore[no-untyped-def]
    (project / "rowkeep.toml").write_text('pg-bin = "bin"\nbaseline = "../known"\n')
    (project.parent / "known").write_text("")
    assert run("tools", "list", cwd=project).code == 2
    assert run("tools", "list", cwd=project, env={"ROWKEEP_TRUST_CHECKOUT": "1"}).code == 0
    assert (project.parent / "ran").exists()
    (project / "rowkeep.toml").unlink()
    assert run("lint", cwd=project, env={"ROWKEEP_BASELINE": "../known"}).code == 1
    assert run("lint", "--baseline", "../known", cwd=project).code == 1


def test_the_variable_of_the_address_may_hold_something_else(run, project) -> None:  # type: ignore[no-untyped-def]
    (project / "rowkeep.toml").write_text('database-url-var = "MY_SECRET"\n')
    for secret in (SECRET, f"user={SECRET}", f"https://x:{SECRET}@h/y", f"key={SECRET}", f"-----BEGIN\n{SECRET}\n"):
        for command in ("status", "config", "doctor"):
            for form in ("text", "json"):
                ran = run(command, "--output-format", form, cwd=project, env={"MY_SECRET": secret})
                shown = ran.out + ran.err
                # A name of a user is shown: such a text is an address.
                assert SECRET not in shown or secret.startswith("user="), ran


@pytest.fixture
def listener():  # type: ignore[no-untyped-def]
    """A server of the checkout's author: it asks for the password in clear text and keeps what it gets."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.settimeout(PATIENCE_S)
                try:
                    first = client.recv(1024)
                    if first[4:8] == b"\x04\xd2\x16\x2f":
                        client.sendall(b"N")
                        first = client.recv(1024)
                    client.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x03")
                    heard.append(client.recv(1024))
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], heard
    server.close()


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("way", ["toml", "url", "env-file", "env-file PGHOST", "hostaddr", "service"])
def test_a_server_of_the_checkout_gets_no_password(way, listener, run, project) -> None:  # type: ignore[no-untyped-def]
    port, heard = listener
    kept = {"PGPASSWORD": SECRET, "PGHOST": "db.example"}
    (project.parent / "services").write_text(f"[mine]\nhost=db.example\npassword={SECRET}\n")
    match way:
        case "toml":
            (project / "rowkeep.toml").write_text(f'database = "host=127.0.0.1 port={port} gssencmode=disable"\n')
        case "url":
            (project / "rowkeep.toml").write_text(f'database = "postgresql://app@127.0.0.1:{port}/x"\n')
        case "env-file":
            (project / ".env").write_text(f"DATABASE_URL=postgresql://app@127.0.0.1:{port}/x\n")
        case "env-file PGHOST":
            (project / ".env").write_text(f"PGHOST=127.0.0.1\nPGPORT={port}\nPGUSER=x\n")
            del kept["PGHOST"]
        case "hostaddr":
            (project / ".env").write_text(f"PGHOSTADDR=127.0.0.1\nPGPORT={port}\nPGUSER=x\nPGSSLMODE=disable\n")
        case _:
            kept = {"PGSERVICE": "mine", "PGSERVICEFILE": str(project.parent / "services")}
            (project / "rowkeep.toml").write_text(f'database = "host=127.0.0.1 port={port}"\n')
    for arguments in (("status",), ("doctor",), ("lint", "--database"), ("lint", "--witness", "--new-only")):
        ran = run(*arguments, cwd=project, env={**kept, "PGCONNECT_TIMEOUT": "2"})
        assert ran.code in (1, 2, 3), ran
        assert SECRET not in ran.out + ran.err
    assert not any(SECRET.encode() in each for each in heard)


def test_consent_and_passwords_of_its_own(project, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    env = {"PGPASSWORD": SECRET}
    (project / "rowkeep.toml").write_text('database = "postgresql://app@h/x"\n')
    with pytest.raises(Misused, match="checkout names the database"):
        guard(load_settings({}, env), env)
    guard(load_settings({}, env | {"ROWKEEP_TRUST_CHECKOUT": "1"}), env)
    guard(load_settings({}, env | {"DATABASE_URL": "postgresql://app@h/x"}), env)
    guard(load_settings({"database": "postgresql://app@h/x"}, env), env)
    (project / "rowkeep.toml").write_text('database = "postgresql://app:own@h/x"\n')
    guard(load_settings({}, env), env)
    for address in ("service=mine", "host=h passfile=/root/.pgpass", "host=h sslkey=/root/key"):
        (project / "rowkeep.toml").write_text(f'database = "{address}"\n')
        with pytest.raises(Misused, match="checkout names the database"):
            guard(load_settings({}, {}), {})


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize(
    "text",
    [
        f"x = {'[' * 100_000}",
        f"x = {'[' * 5_000}{']' * 5_000}",
        f"x = {'{a=' * 3_000}1{'}' * 3_000}",
        f"{'a.' * 20_000}b = 1",
        f"[{'a.' * 20_000}b]",
        f"run-lock-key = {'9' * 5_000}",
        "lock-timeout-ms = 100000000000000000000000000",
        "lock-deadline-s = 1e300",
        "hold-limit-s = 1e20",
        "wait-s = inf",
        "keep-backups = 99999999999999999999",
        "statement-timeout-ms = 4294967296",
        "[rules]\npg-version = 100000000000000000000000",
        'ignore-pattern = "(a"',
        'ignore-pattern = "(a)\\\\1"',
        'x = "\\ud800"',
        'migrations-dir = "a\\u0000b"',
    ],
    ids=range(17),
)
def test_a_file_that_means_harm_is_refused_in_words(text, run, project) -> None:  # type: ignore[no-untyped-def]
    (project / "rowkeep.toml").write_text(text)
    ran = run("lint", cwd=project)
    assert ran.code == 2, ran
    assert "nothing was changed" in ran.err
    assert "last answer" not in ran.err


@pytest.mark.timeout(PATIENCE_S)
def test_an_expression_that_never_ends(run, project) -> None:  # type: ignore[no-untyped-def]
    (project / "rowkeep.toml").write_text('ignore-pattern = "(a+)+$"\n')
    (project / f"migrations/{'a' * 200}!").write_text("")
    assert run("lint", cwd=project).code == 1
