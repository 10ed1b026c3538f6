"""The faces: what a stranger imports is there, documented, typed, and brings nothing heavy with it."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import pytest

TOPS = ("forecaster", "optimizer", "escalation", "api")
ROOMS = tuple(f"forecaster.{room}" for room in ("history", "forecast", "queueing", "requirement", "simulation"))
FACES = (*TOPS, *ROOMS)
NAMES = [(face, name) for face in FACES for name in importlib.import_module(face).__all__]
HEAVY = ("numpy", "pandas", "scipy", "numba", "pyomo", "highspy", "statsmodels", "altair", "sqlalchemy", "fastapi")


def loaded_after(code: str) -> set[str]:
    """Return the modules that a fresh Python has loaded once it has run `code`."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(json.loads(told.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("face", "name"), NAMES)
def test_every_name_of_a_face_is_there_and_says_what_it_is(face, name):
    thing = getattr(importlib.import_module(face), name)
    assert thing.__module__.startswith(face.partition(".")[0] + ".")
    own = thing.__doc__ if inspect.isclass(thing) else inspect.getdoc(thing)
    assert own, f"{face}.{name} has no docstring"
    assert not own.startswith(f"{name}("), f"{face}.{name} is told by its fields alone"


@pytest.mark.parametrize("face", FACES)
def test_no_room_or_module_has_the_name_of_what_its_package_offers(face):
    package = importlib.import_module(face)
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(package.__all__)


def test_a_face_brings_nothing_heavy_with_it():
    loaded = loaded_after(f"import {', '.join(FACES)}")
    assert not {name.partition(".")[0] for name in loaded} & set(HEAVY)


def test_a_name_of_a_face_loads_its_own_room_and_no_other_package():
    loaded = loaded_after("from forecaster import seats_required")
    assert "forecaster.requirement.seats" in loaded
    assert not {"optimizer", "escalation", "api", "pyomo", "altair"} & loaded


def test_the_names_that_programs_elsewhere_import_are_there():
    from forecaster.forecast import forecast_calls, forecast_month
    from forecaster.history import History
    from forecaster.requirement import ServiceTarget, requirement, seats_required

    assert inspect.isclass(History)
    assert inspect.isclass(ServiceTarget)
    assert all(map(inspect.isfunction, (forecast_calls, forecast_month, requirement, seats_required)))


def test_every_package_says_its_version_and_that_it_is_typed(root):
    versions = {importlib.import_module(name).__version__ for name in TOPS}
    assert len(versions) == 1
    assert all((root / name / "py.typed").is_file() for name in TOPS)
