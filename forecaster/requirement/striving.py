"""What seats can strive for, and how people become whole: the words of the settings."""

from __future__ import annotations

from typing import Literal

StriveFor = Literal["mean", "expected", "chance"]
ChanceOf = Literal["month", "day"]
Rounding = Literal["seats", "people"]
