"""When a loop is worth compiling."""

import importlib.util
import math
import os
import subprocess
import sys
import time

import pytest

from forecaster.queueing import machine_code


@pytest.fixture
def loop(tmp_path, monkeypatch):
    """A fresh loop in a file of its own, never compiled before."""
    path = tmp_path / "a_loop.py"
    path.write_text("def total(n):\n    s = 0.0\n    for i in range(n):\n        s += i * i\n    return s\n")
    spec = importlib.util.spec_from_file_location("a_loop", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "a_loop", module)
    spec.loader.exec_module(module)
    yield module.total
    machine_code.COMPILED.pop(module.total, None)
    machine_code.SPENT.pop(module.total, None)


def test_short_work_stays_in_python(loop):
    assert machine_code.quickest(loop, seconds_in_python=1.0, seconds_to_compile=5.0) is loop


def test_long_work_is_compiled_once_and_gives_the_same(loop):
    compiled = machine_code.quickest(loop, seconds_in_python=9.0, seconds_to_compile=5.0)
    assert compiled is not loop
    assert math.isclose(compiled(1000), loop(1000))
    assert machine_code.quickest(loop, seconds_in_python=0.0, seconds_to_compile=5.0) is compiled


def test_many_short_runs_add_up(loop):
    kinds = [machine_code.quickest(loop, seconds_in_python=2.0, seconds_to_compile=5.0) is loop for _ in range(4)]
    assert kinds == [True, True, False, False]


def test_kept_machine_code_is_taken_up_sooner(loop):
    machine_code.quickest(loop, seconds_in_python=9.0, seconds_to_compile=5.0)(10)
    machine_code.COMPILED.pop(loop)
    machine_code.SPENT.pop(loop)
    assert machine_code.quickest(loop, seconds_in_python=1.0, seconds_to_compile=5.0) is not loop


def test_what_is_kept_is_forgotten_with_the_names_it_knew(tmp_path, monkeypatch):
    path = tmp_path / "bundles.py"
    for hour, name in enumerate(("Pair", "Couple")):
        path.write_text(
            f"from typing import NamedTuple\nclass {name}(NamedTuple):\n    a: float\n    b: float\n"
            "def both(p):\n    return p.a + p.b\n"
        )
        later = time.time() + 3600 * hour
        os.utime(path, (later, later))
        spec = importlib.util.spec_from_file_location("bundles", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "bundles", module)
        spec.loader.exec_module(module)
        assert machine_code.to_machine_code(module.both)(getattr(module, name)(1.0, 2.0)) == 3.0


def test_where_nothing_can_be_kept_a_loop_is_compiled_all_the_same():
    namespace = {}
    exec("def double(x):\n    return 2.0 * x", namespace)  # it has no file, so numba finds no place to keep it
    assert machine_code.to_machine_code(namespace["double"])(4.0) == 8.0


def test_the_functions_a_loop_calls_are_compiled_with_it():
    # fresh functions: numba would find those of another test compiled already
    namespace = {}
    exec("def half(x):\n    return x / 2.0\ndef quarter(x):\n    return half(half(x))", namespace)
    assert machine_code.to_machine_code(namespace["quarter"], [namespace["half"]])(12.0) == 3.0


def test_seats_and_simulator_load_without_a_compiler():
    # a process that only asks for a few seats must not wait for numba
    asked = "import sys, forecaster.requirement.seats, forecaster.simulation.simulator; print('numba' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
