"""Run the measured comparisons: all of them, or those named (`make bench ONLY="seats_peers start_up"`).

Each runs by itself, shows what it finds and, where it comes to its end, is written into RESULTS.md (`results`) at once,
with today's date, what it took and what else the machine did; last, the figures that README and docs quote are brought
there. What it measures without arguments is bounded, two to three hours on two free cores for all of them; how much
more there is, and by which arguments, stands at the head of each. Peers that a benchmark is compared with are installed
first, from the `requirements-*.txt` beside this file, into environments of their own under out/peers.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer

import psutil

from tests.benchmarks import results

HERE = Path(__file__).parent
# The requirements of its peers; they lie beside the product's own libraries, or, if it asks for it, in an interpreter
# that it is told of.
BESIDE = {"seats_peers": "seats", "simulator_peers": "seats", "surge_engine": "surge", "forecast_unseen": "forecast"}
TOLD_OF = {"roster_peers": "roster"}
MOST_SECONDS = 3600.0  # by the clock, on a machine however busy: what takes longer hangs


@dataclass(frozen=True)
class Ended:
    """How a benchmark ended: whether it was measured; what of it was not, and why; whether that is a fault."""

    name: str
    measured: bool
    lacking: str = ""
    failed: bool = False


def _own_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


@dataclass
class Meter:
    """What this process and those it has waited for take from now on, and what everything else on the machine does."""

    own: float = field(default_factory=_own_seconds)
    busy: float = field(default_factory=_busy_seconds)
    at: float = field(default_factory=time.monotonic)

    def told(self) -> tuple[str, str, str]:
        """Return processor seconds, seconds by the clock, and how many of the cores did other work meanwhile."""
        own, clock = _own_seconds() - self.own, time.monotonic() - self.at
        others = max(0.0, _busy_seconds() - self.busy - own) / clock
        return f"{own:,.0f}", f"{clock:,.0f}", f"{others:.1f} of {os.cpu_count()} cores"


def names() -> list[str]:
    """Return the benchmarks: every module here that can be run and is no part of the bench itself."""
    found = (path for path in HERE.glob("*.py") if "def main(" in path.read_text(encoding="utf-8"))
    return sorted(path.stem for path in found if path.stem not in ("__main__", "results"))


def main(asked: list[str]) -> int:
    """Run the benchmarks named, or all, and say what was measured and what not; return how many failed."""
    known = names()
    unknown = [name for name in asked if name not in known]
    if unknown:
        print(f"no benchmark called {unknown[0]}; there are {', '.join(known)}")
        return 2
    ended = [run(name) for name in asked or known]
    results.main()
    print(f"measured: {', '.join(one.name for one in ended if one.measured) or 'nothing'}")
    for one in ended:
        if one.lacking:
            print(f"not measured: {'a part of ' if one.measured else ''}{one.name}, {one.lacking}")
    done = results.runs_of(results.FILE.read_text(encoding="utf-8"), today())
    if left := [name for name in known if name not in done]:
        print(f'left today: make bench ONLY="{" ".join(left)}"')
    return sum(one.failed for one in ended)


def today() -> str:
    """Return the day that rows are dated with."""
    return str(datetime.now(UTC).date())


def run(name: str) -> Ended:
    """Run one benchmark, showing what it prints, and put that down; return how it ended."""
    print(f"== {name}", flush=True)
    try:
        command = command_of(name)
    except (subprocess.CalledProcessError, OSError) as error:
        return Ended(name, False, f"its peers could not be installed ({error})", failed=True)
    meter, printed = Meter(), []
    with subprocess.Popen(
        command,
        cwd=results.ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        stop = Timer(MOST_SECONDS, _end, [process])
        stop.start()
        try:
            for line in process.stdout or ():
                print(f"   {line}", end="", flush=True)
                printed.append(line)
        except BaseException:  # stopped by hand: what it had begun goes with it
            _end(process)
            raise
        finally:
            stop.cancel()
    if process.returncode == -signal.SIGKILL:
        return Ended(name, False, f"it was stopped, or ran for more than {MOST_SECONDS / 60:.0f} minutes", failed=True)
    if process.returncode:
        return Ended(name, False, f"it ended with code {process.returncode}", failed=True)
    text = "".join(printed)
    lacking = "; ".join(results.skipped_of(text))
    if not results.measurements_of(text):
        return Ended(name, False, lacking or "it printed nothing", failed=not lacking)
    results.put_down(name, text, date=today(), took=meter.told())
    return Ended(name, True, lacking)


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def command_of(name: str) -> list[str]:
    """Return the command that runs a benchmark, its peers installed."""
    python, more = Path(sys.executable), []
    if name in BESIDE:
        python = peers(BESIDE[name], beside=True)
    elif name in TOLD_OF:
        more = ["--python", str(peers(TOLD_OF[name], beside=False))]
    return [str(python), "-m", f"tests.benchmarks.{name}", *more]


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
            shutil.rmtree(site / "tests", ignore_errors=True)  # Ciw brings its own, which would hide these
            (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        ready.touch()
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
