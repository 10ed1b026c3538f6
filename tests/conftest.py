"""What every test may lean on."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
settings.register_profile("steady", derandomize=True, print_blob=True)  # the same examples in every run
settings.load_profile("steady")


def pytest_collection_finish() -> None:
    """Look less often for garbage, and not among what stays: a tenth of the suite's processor time went into that."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def missing(what: str) -> None:
    """Skip the test, saying what is missing; fail instead where everything has to be there."""
    if os.environ.get("HUAWU_REQUIRE_ALL"):
        pytest.fail(f"{what} is required here")
    pytest.skip(f"{what} is not here")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real series and switch logs that lies beside the project, where there is one."""
    folder = Path(os.environ.get("HUAWU_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"real data are not here ({folder.name}/ beside the project)")
    return folder


@pytest.fixture(scope="session")
def program():
    """Return a finder of outside programs: `program("soffice")` gives its path, or skips."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            missing(f"the program {name}")
        return str(path)

    return find
