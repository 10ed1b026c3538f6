"""The faces: what a stranger imports is there, documented, typed, and brings nothing heavy with it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

from tests.loading import loaded_after

TOPS = ("forecaster", "optimizer", "escalation", "api")
ROOMS = tuple(f"forecaster.{room}" for room in ("history", "forecast", "queueing", "requirement", "simulation"))
FACES = (*TOPS, *ROOMS)
NAMES = [(face, name) for face in FACES for name in importlib.import_module(face).__all__]
SAME_EVERYWHERE = set(re.findall(r"`([a-z]+)`", importlib.import_module("forecaster").__doc__))
UNITS = ("_seconds", "_minutes", "_erlangs", "_hours", "_at", "_columns")
ALWAYS_ANSWER = {  # whatever they are given was looked at when it was made
    *(
        "day_bands",
        "find_oddities",
        "undo_cleaning",
        "patience_seconds",
        "retry_share",
        "plan_cutoff",
        "months_to_test",
    ),
    *("backtest_tables", "day_quantiles", "sample_paths", "draw_futures", "explain_days", "explained_month"),
    *("learned_effects", "poisson_floor", "score_overrides", "with_overrides", "watch_today"),
    *("constant", "exponential", "initial_state", "reduce"),
    *("days_chart", "forecast_chart", "lab_chart", "months_chart", "rehearsal_chart", "seats_chart", "week_chart"),
}
HEAVY = ("numpy", "pandas", "scipy", "numba", "pyomo", "highspy", "statsmodels", "altair", "sqlalchemy", "fastapi")


@pytest.mark.parametrize(("face", "name"), NAMES)
def test_every_name_of_a_face_is_there_and_says_what_it_is(face, name):
    thing = getattr(importlib.import_module(face), name)
    assert thing.__module__.startswith(face.partition(".")[0] + ".")
    own = thing.__doc__ if inspect.isclass(thing) else inspect.getdoc(thing)
    assert own, f"{face}.{name} has no docstring"
    assert not own.startswith(f"{name}("), f"{face}.{name} is told by its fields alone"


def functions_of(faces):
    found = [(face, name) for face, name in NAMES if face in faces]
    return [one for one in found if inspect.isfunction(getattr(importlib.import_module(one[0]), one[1]))]


@pytest.mark.parametrize(("face", "name"), functions_of(FACES))
def test_a_function_says_what_it_refuses(face, name):
    told = inspect.getdoc(getattr(importlib.import_module(face), name))
    assert ("Raises\n------\n" in told) != (name in ALWAYS_ANSWER)


@pytest.mark.parametrize(("face", "name"), functions_of(TOPS))
def test_a_function_says_what_it_takes_and_in_what_unit(face, name):
    function = getattr(importlib.import_module(face), name)
    told = inspect.getdoc(function)
    unsaid = [
        parameter
        for parameter in inspect.signature(function).parameters
        if not re.search(rf"\b{parameter}\b", told)
        and parameter not in SAME_EVERYWHERE
        and not f"_{parameter}".endswith(UNITS)
    ]
    assert not unsaid


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
