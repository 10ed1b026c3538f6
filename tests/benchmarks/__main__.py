"""Run the measured comparisons: all of them, or those named (`make bench ONLY="seats_peers start_up"`).

Each runs by itself, shows what it finds and, where it comes to its end, is written into RESULTS.md (`results`) with
today's date; last, the figures that README and docs quote are brought there. Peers that a benchmark is compared with
are installed first, from the `requirements-*.txt` beside this file, into environments of their own under out/peers.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import results

HERE = Path(__file__).parent
# The requirements of its peers; they lie beside the product's own libraries, or, if it asks for it, in an interpreter
# that it is told of.
BESIDE = {"seats_peers": "seats", "simulator_peers": "seats", "surge_engine": "surge", "forecast_unseen": "forecast"}
TOLD_OF = {"roster_peers": "roster"}


def names() -> list[str]:
    """Return the benchmarks: every module here that can be run and is no part of the bench itself."""
    found = (path for path in HERE.glob("*.py") if "def main(" in path.read_text(encoding="utf-8"))
    return sorted(path.stem for path in found if path.stem not in ("__main__", "results"))


def main(asked: list[str]) -> int:
    """Run the benchmarks named, or all; return how many did not come to their end."""
    known = names()
    unknown = [name for name in asked if name not in known]
    if unknown:
        print(f"no benchmark called {unknown[0]}; there are {', '.join(known)}")
        return 2
    failed = [name for name in asked or known if not run(name)]
    results.main()
    print(f"not measured: {', '.join(failed)}" if failed else "all measured", flush=True)
    return len(failed)


def run(name: str) -> bool:
    """Run one benchmark, showing what it prints, and record that; return whether it came to its end."""
    print(f"== {name}", flush=True)
    python, more = Path(sys.executable), []
    if name in BESIDE:
        python = peers(BESIDE[name], beside=True)
    elif name in TOLD_OF:
        more = ["--python", str(peers(TOLD_OF[name], beside=False))]
    command = [str(python), "-m", f"tests.benchmarks.{name}", *more]
    printed = []
    with subprocess.Popen(command, cwd=results.ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(f"   {line}", end="", flush=True)
            printed.append(line)
    if process.returncode or not printed:
        return False
    text = results.FILE.read_text(encoding="utf-8")
    date = str(datetime.now(UTC).date())
    results.FILE.write_text(results.recorded(text, name, "".join(printed), date=date), encoding="utf-8")
    return True


def peers(kind: str, *, beside: bool) -> Path:
    """Return the interpreter of an environment with the peers of a kind, made if it is not there.

    beside
        Whether the product's own libraries can be loaded there, too; where both have one, the peers' counts.
    """
    folder = results.ROOT / "out" / "peers" / kind
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        print(f"   installing the peers of requirements-{kind}.txt", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        asked = [str(python), "-m", "pip", "install", "--quiet", "-r", str(HERE / f"requirements-{kind}.txt")]
        subprocess.run(asked, check=True)
        if beside:
            site = next(folder.glob("lib/python*/site-packages"))
            (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        ready.touch()
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
