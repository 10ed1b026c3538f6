"""What is installed without make: a wheel in an environment of its own, outside the project."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import forecaster

FIRST_ROSTER = """
import api.planning
from optimizer.search import kernel
api.planning.make_ready = lambda: None  # the compiler itself takes half a minute
api.planning.ready_search(lambda said: print("said:", said))
print(kernel.sweep_people.stats.cache_path)
"""


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory) -> Path:
    """The wheel of this source."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], check=True, cwd=root)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return a runner of programs in a bare environment with the wheel, beside the libraries of this one."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", python, "install"]
    subprocess.run([*command, "--no-deps", "--no-index", "--no-compile", "--quiet", wheel], check=True)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    places = [path for path in sys.path if path.endswith("site-packages")] or [sysconfig.get_path("purelib")]
    (site / "libraries.pth").write_text("\n".join(places) + "\n", encoding="utf-8")
    for package in ("optimizer/search", "forecaster/queueing"):  # as where somebody else owns the environment
        (site / package / "__pycache__").write_text("", encoding="utf-8")
    elsewhere = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "NUMBA_OPT": "0",
    }

    def run(*arguments: str) -> str:
        told = subprocess.run(
            [python, *arguments], capture_output=True, text=True, cwd=folder, env=elsewhere, timeout=500, check=False
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    return run, site


def test_the_wheel_holds_what_is_used_and_nothing_else(wheel, root):
    names = zipfile.ZipFile(wheel).namelist()
    packages = ("forecaster", "optimizer", "escalation", "api")
    for wanted in (
        *(f"{package}/{file}" for package in packages for file in ("py.typed", "__init__.pyi")),
        *("data/sample/history.csv", "data/config/site.toml", "api/web/static/planner.html"),
        *("api/reports/templates/plan.html", "api/store/migrations/versions/0001_surge.py"),
    ):  # fmt: skip
        assert wanted in names
    tops = {name.partition("/")[0] for name in names}
    assert tops == {*packages, "data", f"huawu-{forecaster.__version__}.dist-info"}
    assert not [name for name in names if name.endswith((".pyc", ".nbi", ".nbc", ".ipynb"))]
    tracked = subprocess.run(["git", "ls-files", "data", "api"], capture_output=True, text=True, cwd=root, check=False)
    assert set(tracked.stdout.split()) <= set(names)


def test_a_wheel_answers_and_knows_its_version(installed):
    run, site = installed
    assert run("-m", "api.cli", "--version").strip() == forecaster.__version__
    assert str(site) in run("-c", "import forecaster; print(forecaster.__file__)")


def test_the_first_roster_of_a_wheel_says_that_it_compiles_and_keeps_it_where_it_may_write(installed):
    run, site = installed
    said, kept_in = run("-c", FIRST_ROSTER).splitlines()
    assert said.startswith("said: compiling the roster search")
    assert not Path(kept_in).is_relative_to(site)
    assert Path(kept_in).is_relative_to(site.parents[3])
