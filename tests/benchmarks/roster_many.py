"""The random tests of the roster, at the length a test has no time for: `python -m tests.benchmarks.roster_many`.

There is no more of it, and it takes some four minutes.
"""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).parent.parent / "optimizer" / "search"


def main() -> None:
    """Check 1,000 random months for lawfulness, and 200 small ones against plain enumeration."""
    started = time.process_time()
    rows = sum(_module("test_lawful_always").check(50, seed=seed) for seed in range(100, 110))
    print(
        f"1,000 random months, {rows} rows, no broken hard rule: {time.process_time() - started:.0f} CPU s", flush=True
    )
    started = time.process_time()
    _module("test_against_brute_force").compare(200, seed=77)
    print(f"200 small months equal plain enumeration: {time.process_time() - started:.0f} CPU s", flush=True)


def _module(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
