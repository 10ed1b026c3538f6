"""Break the code a little, many times over, and count how often a test notices.

    python -m tests.mutants                          # a sample of every module below
    python -m tests.mutants forecast/bands --sample 60 --seed 3 --minutes 20

Each mutant is one small change (`<` to `<=`, `+` to `-`, another number, `and` to `or`, a condition turned round) in a
copy of the project, under those tests of its module that run through the changed line, quickest first. What survives
is printed with its line. Compiled loops are changed as source like the rest, which a library that swaps functions at
run time could not do.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import math
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType

import numba
import pytest

ROOT = Path(__file__).resolve().parents[1]
LAW = (
    *(
        f"optimizer/law/test_{what}.py"
        for what in (
            "giving_in",
            "edges_of_night_and_morning",
            "broken_rules",
            "limits_as_values",
            "people_shifts_rules",
            "roster_rules",
            "rule_words",
            "breaks",
        )
    ),
    "optimizer/law/test_limits.py::test_each_limit_may_be_reached_and_not_passed",
    "optimizer/law/test_limits.py::test_a_run_cut_by_the_months_border_is_not_judged",
    "optimizer/law/test_tallies.py",
    "optimizer/law/test_checker_by_the_minute.py",
)  # those that plan nothing, which would be compiled anew in every copy
SMALL_MONTHS = (
    *(f"optimizer/law/test_{what}.py" for what in ("limits", "comforts")),
    *(f"optimizer/search/test_{what}.py" for what in ("kernel", "against_brute_force", "soft_rules", "seat_worth")),
    *(
        f"optimizer/search/test_lawful_always.py::test_{what}"
        for what in (
            "a_morning_keeps_its_distance_from_a_night_though_something_short_lies_between",
            "some_days_of_a_month_are_settled_as_well_as_a_month_whose_other_days_are_fixed",
        )
    ),
)
MODULES = {  # and the tests that are to notice
    "escalation/engine": ("escalation",),
    "api/outbox": ("api/test_outbox.py", "api/test_links.py"),
    "api/http/access": ("api/test_keys.py", "api/test_attacks.py", "api/test_who_may.py"),
    "api/reports/five_tables": ("api/test_five_tables.py",),
    "forecaster/queueing/erlang": ("forecaster/queueing/test_erlang.py",),
    "forecaster/queueing/erlang_arrays": ("forecaster/queueing/test_erlang.py",),
    "forecaster/history/intervals": ("forecaster/history/test_intervals.py",),
    "forecaster/history/day_grid": ("forecaster/history/test_intervals.py", "forecaster/history/test_day_grid.py"),
    "forecaster/history/level_steps": ("forecaster/forecast/test_unusual_lines.py", "forecaster/history"),
    "forecaster/forecast/bands": ("forecaster/forecast/test_bands.py",),
    "forecaster/forecast/day_model": ("forecaster/forecast/test_day_model.py",),
    "optimizer/law/person_month": LAW,
    "optimizer/law/presence": ("optimizer/law/test_presence.py", "optimizer/law/test_broken_rules.py"),
    "optimizer/law/limits": tuple(one for one in LAW if "limits" in one or "giving_in" in one),
    "optimizer/law/roster_rules": tuple(
        f"optimizer/law/test_{what}.py"
        for what in ("roster_rules", "edges_of_night_and_morning", "people_shifts_rules", "giving_in")
    ),
    "optimizer/law/rules/*": (
        *LAW,
        *(
            f"optimizer/desk/test_what_if_and_shift_design.py::test_{what}"
            for what in ("every_limit_has_its_price", "a_run_just_long_enough_costs_nothing")
        ),
    ),
    "optimizer/search/kernel": SMALL_MONTHS,
    "optimizer/search/problem": ("optimizer/search/test_problem.py", "optimizer/search/test_soft_rules.py"),
}
PLAIN = {"optimizer/search/kernel"}  # compiling takes longer than small months uncompiled
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum"}
PREPARED = ("hypothesis", "pandas", "scipy.stats", "fastapi.testclient", "sqlalchemy", "pyomo.environ", "highspy")
NOTES = ".notes"
HANGS = 30  # times the processor time allowed: a machine that gives less of itself than that can judge nothing


def places(source: str) -> Iterator[tuple[range, int, int]]:
    """Yield the lines of the statement, the number of the node, and the way to change it, of every mutant."""
    tree = ast.parse(source)
    lines = {}  # of the innermost statement, without the statements inside it
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            span = range(node.lineno, body[0].lineno if body else node.end_lineno + 1)
            lines |= {id(inner): span for inner in ast.walk(node)}
    skipped = {id(inner) for node in ast.walk(tree) for part in _said(node) for inner in ast.walk(part)}
    for number, node in enumerate(ast.walk(tree)):
        if id(node) not in skipped:
            yield from ((lines[id(node)], number, way) for way in range(_ways(node)))


def mutant(source: str, number: int, way: int) -> tuple[str, str]:
    """Return what was changed into what, and the whole changed source."""
    tree = ast.parse(source)
    node = next(one for at, one in enumerate(ast.walk(tree)) if at == number)
    before = ast.unparse(getattr(node, "test", node))
    _change(node, way)
    return f"{before}  ->  {ast.unparse(getattr(node, 'test', node))}", ast.unparse(tree)


def _said(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node that compute nothing: annotations, errors' words, decorators."""
    parts = [getattr(node, name, None) for name in ("annotation", "returns")]
    parts += getattr(node, "decorator_list", [])
    return [part for part in [*parts, node if isinstance(node, ast.Raise) else None] if part is not None]


def _ways(node: ast.AST) -> int:
    if isinstance(node, ast.Compare):
        return len(node.ops)
    if isinstance(node, ast.If | ast.IfExp | ast.While | ast.BoolOp):
        return 1
    if isinstance(node, ast.BinOp):
        # words put together with + and types with | are not numbers
        return type(node.op) in SWAPS and not any(isinstance(n, ast.JoinedStr) for n in ast.walk(node))
    if isinstance(node, ast.Constant):  # but what only keeps errors of rounding out
        return isinstance(node.value, bool | int | float) and not 0 < node.value <= 1e-6
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", getattr(node.func, "attr", "")) in NAMES
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert)


def _change(node: ast.AST, way: int) -> None:
    if isinstance(node, ast.Compare):
        node.ops[way] = SWAPS[type(node.ops[way])]()
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        node.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = (
            not node.value
            if isinstance(node.value, bool)
            else node.value * 2
            if isinstance(node.value, float) and node.value
            else node.value + 1
        )
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        node.func.id = NAMES[node.func.id]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node.func.attr = NAMES[node.func.attr]
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd() if isinstance(node.op, ast.USub) else node.op
        if isinstance(node.op, ast.Not | ast.Invert):
            node.operand, node.op = ast.UnaryOp(node.op, node.operand), node.op


class Noted:
    """Notes which tests run through which lines, or functions, and how long each of them takes."""

    def __init__(self, project: Path, files: Iterable[str], *, by_function: bool) -> None:
        self.files, self.by_function = {str(project / file): file for file in files}, by_function
        self.lines: dict[str, set[tuple[str, int | CodeType]]] = defaultdict(set)  # of a test, or all tests of a file
        self.seconds: dict[str, float] = {}
        self.now: set[tuple[str, int | CodeType]] = set()

    def __call__(self, frame: FrameType, event: str, _: object) -> Noted | None:
        file = self.files.get(frame.f_code.co_filename)
        if file is None:
            return None
        if self.by_function:
            self.now.add((file, frame.f_code))
            return None
        self.now.add((file, frame.f_lineno))
        return self

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.now, began = self.lines[item.nodeid], time.process_time()
        sys.settrace(self)
        threading.settrace(self)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.seconds[item.nodeid] = time.process_time() - began

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef, request: pytest.FixtureRequest) -> Iterator[None]:
        mine = self.now
        if fixturedef.scope != "function":  # made for the first test that asks, used by others
            self.now = self.lines[request._pyfuncitem.nodeid.split("::")[0]]
        try:
            return (yield)
        finally:
            self.now = mine

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        lines = {one: {(file, line) for file, at in there for line in _lines(at)} for one, there in self.lines.items()}
        Path(session.config.invocation_params.dir, NOTES).write_bytes(pickle.dumps((lines, self.seconds)))


def _lines(at: int | CodeType) -> Iterable[int]:
    return (at,) if isinstance(at, int) else {line for *_, line in at.co_lines() if line is not None}


def tested(project: Path, tests: Iterable[str], limit_seconds: float, files: Iterable[str], *, plain: bool) -> int:
    """Run tests in a copy of the project, in a child that begins with the libraries loaded; return its exit status.

    `limit_seconds` are of processor time. Of the `files` it is noted which tests run through which of their lines.
    `plain` leaves loops uncompiled.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        # A busy machine is no test that notices: what counts is the time computed, and the clock only what hangs.
        signal.setitimer(signal.ITIMER_PROF, limit_seconds)
        signal.alarm(math.ceil(HANGS * limit_seconds))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.chdir(project)
        sys.path[0] = str(project)
        sys.modules.pop("tests", None)
        os.environ["NUMBA_CACHE_DIR"] = str(project / ".numba")
        numba.config.DISABLE_JIT = plain
        options = ["-x", "-q", "-k", "not postgresql", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        options += ["-W", "ignore::RuntimeWarning"] if plain else []  # of wheels that turn over
        options += [word for name in ("cacheprovider", "xdist", "randomly") for word in ("-p", f"no:{name}")]
        os._exit(
            int(pytest.main([*options, *tests], plugins=[Noted(project, files, by_function=plain)] if files else []))
        )
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return status


def judge(module: str, *, sample: int, seed: int, until: float) -> tuple[int, int]:
    """Return how many of a sample of a module's mutants were tried, and how many of them a test noticed."""
    sources = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in ROOT.glob(f"{module}.py")}
    every = [(file, *place) for file, source in sorted(sources.items()) for place in places(source)]
    chosen = random.Random(seed).sample(every, min(sample, len(every)))
    tried = killed = 0
    plain = module in PLAIN
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        left_out = shutil.ignore_patterns(".git", ".venv", "out", "__pycache__", ".*_cache", "node_modules")
        shutil.copytree(ROOT, project, ignore=left_out, symlinks=True)
        there = [f"tests/{one}" for one in MODULES[module] if (project / "tests" / one.split("::")[0]).exists()]
        if tested(project, there, 900, sources, plain=plain) != 0:
            print(f"{module}: its tests fail as it stands")
            return 0, 0
        lines, seconds = pickle.loads((project / NOTES).read_bytes())
        for file, span, *place in chosen:
            if time.monotonic() > until:
                break
            touched = {(file, line) for line in span}
            through = [one for one in seconds if touched & (lines[one] | lines.get(one.split("::")[0], set()))]
            through = sorted(through or seconds, key=seconds.__getitem__)  # what runs at import is every test's
            what, changed = mutant(sources[file], *place)
            (project / file).write_text(changed, encoding="utf-8")
            tried += 1
            limit = 10 + 4 * sum(seconds[one] for one in through)
            noticed = tested(project, through, limit, (), plain=plain) != 0
            (project / file).write_text(sources[file], encoding="utf-8")
            killed += noticed
            if not noticed:
                print(f"  survived {len(through)} tests: {file}:{span[0]}: {what}", flush=True)
    print(
        f"{module}: {killed} of {tried} noticed ({killed / max(tried, 1):.0%}), of {len(every)} there are", flush=True
    )
    return tried, killed


def main() -> int:
    """Judge the modules named, or all; return 1 where one of them is below nine tenths."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="such as forecast/bands; default: all")
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0)
    asked = parser.parse_args()
    named = [m for m in MODULES if not asked.modules or any(m.endswith(one) for one in asked.modules)]
    if not named:
        print(f"no module ends with {asked.modules[0]!r}; there are {', '.join(MODULES)}")
        return 2
    for library in PREPARED:
        __import__(library)
    until, enough = time.monotonic() + 60 * asked.minutes, True
    for number, module in enumerate(named):
        share = (until - time.monotonic()) / (len(named) - number)
        tried, killed = judge(module, sample=asked.sample, seed=asked.seed, until=time.monotonic() + share)
        enough &= killed >= 0.9 * tried > 0
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
