"""From the setting to a connection: a URL as it is, libpq's variables, the embedded server, or a clear no."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rowkeep.cli.door import Door
from rowkeep.cli.reach import ENOUGH, reach
from rowkeep.config import Settings
from rowkeep.database import environment
from rowkeep.database.session import connect
from rowkeep.domain.environment import Kind
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


def door(**settings: object) -> Door:
    made = Settings(**settings)  # type: ignore[arg-type]
    return Door(made, command="test", output_format="json", quiet=True, verbose=False, color="never")


@pytest.mark.parametrize("given", ["postgresql://ann:s@host/db", "host=x dbname=y", "service=production"])
def test_a_url_or_connection_string_is_passed_on(given: str) -> None:
    with reach(door(database=given)) as conninfo:
        assert conninfo == given


@pytest.mark.parametrize("name", ENOUGH)
def test_libpqs_own_variables_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "5433")
    with reach(door()) as conninfo:
        assert conninfo == ""


def test_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    with pytest.raises(Misused) as caught, reach(door(database_url_var="SHOP_URL", config_file="../rowkeep.toml")):
        pytest.fail("something was guessed")
    why = str(caught.value.why)
    for place in ("--database", "SHOP_URL", ".env", "../rowkeep.toml", "PGHOST", "PGSERVICE"):
        assert place in why
    assert "secret" not in why
    assert any("embedded:" in step for step in caught.value.instead)


@pytest.mark.server
def test_embedded_lives_in_the_project(project: Path) -> None:
    file = project / "rowkeep.toml"
    at = door(database="embedded:", config_file=str(file))
    with (
        reach(at) as conninfo,
        psycopg.connect(conninfo) as connection,
        connect(conninfo) as session,
    ):
        assert connection.info.dbname == "app"
        socket = Path(connection.info.host)
        assert environment.read(session, at.settings).kind is Kind.DEVELOPMENT, "it is the project's own"
        environment.mark(session, Kind.PRODUCTION)
        assert environment.read(session, at.settings).kind is Kind.PRODUCTION, "until somebody says otherwise"
    assert socket.is_relative_to(project / ".rowkeep")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo)


@pytest.mark.server
@pytest.mark.majors(18)
def test_a_real_url_reaches_a_real_server(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with reach(door(database=database)) as conninfo, psycopg.connect(conninfo) as connection:
        name, host = connection.info.dbname, connection.info.host
    monkeypatch.setenv("PGHOST", host)
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PGDATABASE", name)
    with reach(door()) as conninfo, psycopg.connect(conninfo) as connection:
        assert connection.info.dbname == name
