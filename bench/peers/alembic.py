"""Alembic on SQLAlchemy and psycopg, transaction_per_migration, revisions that execute the same SQL."""

from __future__ import annotations

from pathlib import Path

from bench.peers import Place, Typed
from bench.peers._install import pip

PACKAGES = ("alembic==1.20.1", "SQLAlchemy>=2,<3", "psycopg[binary]==3.3.9")

ENV = """\
import os
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(os.environ["BENCH_URL"])
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""

REVISION = '''\
from alembic import op

revision = "{revision}"
down_revision = {before}


def upgrade():
    op.execute("""{sql}""")


def downgrade():
    pass
'''


class Alembic:
    """alembic upgrade head"""

    name = "alembic"
    remark = "alembic 1.20.1, transaction_per_migration"

    def __init__(self) -> None:
        self.program = ""

    def install(self, cache: Path) -> None:
        """From PyPI."""
        self.program = str(pip(cache, "alembic", PACKAGES) / "bin" / "alembic")

    def write(self, directory: Path, migrations: list[tuple[str, str]]) -> None:
        """A chain of revisions."""
        (directory / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/alembic\n")
        place = directory / "alembic"
        (place / "versions").mkdir(parents=True)
        (place / "env.py").write_text(ENV)
        before = "None"
        for name, sql in migrations:
            revision = name.partition("_")[0]
            (place / "versions" / f"{revision}.py").write_text(
                REVISION.format(revision=revision, before=before, sql=sql.replace(":", "\\\\:"))
            )
            before = repr(revision)

    def typed(self, directory: Path, place: Place) -> Typed:
        """The URL comes by the environment, as in most projects."""
        url = f"postgresql+psycopg://{place.user}@/{place.database}?host={place.socket}"
        return Typed((self.program, "upgrade", "head"), {"BENCH_URL": url})


PEER = Alembic()
