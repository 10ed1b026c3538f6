"""What a stranger gets from the wheel alone: an environment for each Python it is meant for, outside the project.

python -m tests.benchmarks.release          # twenty minutes of processor; `--pythons /path/to/python3.12` others

In each the wheel is installed with what notebooks need, as `pip install` resolves it on the day; `pip check` has to be
content, `huawu demo` to end well, and the first notebook to run; then a row tells what lies on the disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.results import ROOT, figure, skipped

VERSIONS = ("3.11", "3.12", "3.13")
NOTEBOOK = ROOT / "notebooks" / "01_history_to_forecast.ipynb"
MB = 10**6


def found(version: str) -> Path | None:
    """Return an interpreter of a version: on the PATH, or where pyenv keeps them."""
    on_path = shutil.which(f"python{version}")
    if on_path and subprocess.run([on_path, "-c", ""], capture_output=True, check=False).returncode == 0:
        return Path(on_path)  # and no stand-in that knows the name alone
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    return next(iter(sorted(kept.glob(f"{version}.*/bin/python"), reverse=True)), None)


def megabytes(folder: Path) -> int:
    """Return what lies below a folder, compiled bytecode not counted."""
    sizes = (path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return round(sum(sizes) / MB)


def checked(python: Path, wheel: Path, folder: Path) -> tuple[str, int]:
    """Install the wheel for an interpreter in a folder; return what came of it, and the MB on disk without extras.

    Raises
    ------
    RuntimeError
        With what a step that failed has said.
    """
    home = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}

    def run(*command: str | Path) -> str:
        told = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=home, check=False)
        if told.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))}\n{told.stdout}{told.stderr}")
        return told.stdout

    run(python, "-m", "venv", "made")
    own = folder / "made" / "bin" / "python"
    install = (own, "-m", "pip", "install", "--quiet", "--no-compile")
    run(*install, wheel)
    bare = megabytes(folder / "made")
    run(*install, f"{wheel}[notebooks]", "nbclient")
    run(own, "-m", "pip", "check")
    run(own.with_name("huawu"), "demo", "--out", "out")
    shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample")  # which the notebook reads
    (folder / "notebooks").mkdir()
    place = shutil.copy(NOTEBOOK, folder / "notebooks")
    run(own, "-m", "jupyter", "execute", "--startup_timeout=600", place)
    version = run(own, "-c", "import platform; print(platform.python_version())").strip()
    files = len([path for path in (folder / "out").rglob("*") if path.is_file()])
    told = f"Python {version}: `pip check` content, `huawu demo` wrote {files} files, {NOTEBOOK.name} ran"
    return f"{told}; {bare} MB on disk", bare


def main(arguments: Sequence[str] = ()) -> None:
    """Build the wheel, and print a line a Python."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pythons", type=Path, nargs="+", help="interpreters; else those of this machine")
    chosen = parser.parse_args(arguments).pythons
    pythons = {str(one): one for one in chosen} if chosen else {version: found(version) for version in VERSIONS}
    with tempfile.TemporaryDirectory() as kept:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", kept]
        subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
        wheel = next(Path(kept).glob("*.whl"))
        print(f"{wheel.name}: {wheel.stat().st_size / MB:.1f} MB", flush=True)
        sizes = []
        for name, python in pythons.items():
            if python is None:
                skipped(f"no Python {name} on this machine")
                continue
            with tempfile.TemporaryDirectory() as folder:
                told, size = checked(python, wheel, Path(folder))
            print(told, flush=True)
            sizes.append(size)
    if sizes:
        figure("megabytes-installed", f"{min(sizes)} to {max(sizes)}")


if __name__ == "__main__":
    main(sys.argv[1:])
