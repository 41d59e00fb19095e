"""From the setting to a connection: a URL as it is, libpq's variables, the embedded server, or a clear no."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import ENOUGH, connection_string
from rowkeep.config import Settings
from rowkeep.database.connection.session import connect
from rowkeep.database.store import environment
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.errors import Misused


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENOUGH:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="project-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def context(**settings: object) -> CommandContext:
    made = Settings(**settings)  # type: ignore[arg-type]
    return CommandContext(made, command="test", output_format="json", quiet=True, verbose=False, color="never")


@pytest.mark.parametrize("given", ["postgresql://ann:s@host/db", "host=x dbname=y", "service=production"])
def test_a_url_or_connection_string_is_passed_on(given: str) -> None:
    with connection_string(context(database=given)) as conninfo:
        assert conninfo == given


@pytest.mark.parametrize("name", ENOUGH)
def test_libpqs_own_variables_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "5433")
    with connection_string(context()) as conninfo:
        assert conninfo == ""


def test_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    with (
        pytest.raises(Misused) as caught,
        connection_string(context(database_url_var="SHOP_URL", config_file="../rowkeep.toml")),
    ):
        pytest.fail("something was guessed")
    why = str(caught.value.why)
    for place in ("--database", "SHOP_URL", ".env", "../rowkeep.toml", "PGHOST", "PGSERVICE"):
        assert place in why
    assert "secret" not in why
    assert any("embedded:" in step for step in caught.value.instead)


@pytest.mark.server
def test_embedded_lives_in_the_project(project: Path) -> None:
    file = project / "rowkeep.toml"
    at = context(database="embedded:", config_file=str(file))
    with (
        connection_string(at) as conninfo,
        psycopg.connect(conninfo) as connection,
        connect(conninfo) as session,
    ):
        assert connection.info.dbname == "app"
        socket = Path(connection.info.host)
        assert environment.read_environment(session, at.settings).kind is EnvironmentKind.DEVELOPMENT, (
            "it is the project's own"
        )
        environment.mark_environment(session, EnvironmentKind.PRODUCTION)
        assert environment.read_environment(session, at.settings).kind is EnvironmentKind.PRODUCTION, (
            "until somebody says otherwise"
        )
    assert socket.is_relative_to(project / ".rowkeep")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo)


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_real_url_reaches_a_real_server(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection_string(context(database=database)) as conninfo, psycopg.connect(conninfo) as connection:
        name, host = connection.info.dbname, connection.info.host
    monkeypatch.setenv("PGHOST", host)
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PGDATABASE", name)
    with connection_string(context()) as conninfo, psycopg.connect(conninfo) as connection:
        assert connection.info.dbname == name
