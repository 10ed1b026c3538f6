"""What the outside writes, read in: histories, people, readings, and the frames the product itself writes."""

from api.intake.errors import InputError, named
from api.intake.frames import read_coverage, read_forecast, read_overrides, read_requirement, read_roster, write_frame
from api.intake.history import Intake, only_history, read_histories, read_history
from api.intake.people import read_people
from api.intake.readings import read_readings
from api.intake.toml_file import parse_toml, read_toml

__all__ = [
    "InputError",
    "Intake",
    "named",
    "only_history",
    "parse_toml",
    "read_coverage",
    "read_forecast",
    "read_histories",
    "read_history",
    "read_overrides",
    "read_people",
    "read_readings",
    "read_requirement",
    "read_roster",
    "read_toml",
    "write_frame",
]
