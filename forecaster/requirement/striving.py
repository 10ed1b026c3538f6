"""What seats strive for, and how people become whole: the settings of a requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forecaster.sentences import refusal

StriveFor = Literal["mean", "expected", "chance"]
ChanceOf = Literal["month", "day"]
Rounding = Literal["seats", "people"]


@dataclass(frozen=True)
class Striving:
    """Which promise the seats are to keep.

    strive_for
        `mean`: every interval meets the target at the forecast's mean. `expected`: the fewest people with whom the
        level to be expected of the month over the forecast's futures is the target's, no interval's more than 15 points
        under it (`staffing.people_over_futures`). `chance`: the fewest with whom the target is kept with the
        probability `chance`, by the month or on each day (`chance_of`).
    rounding
        `seats`: whole seats, then whole people, each rounded up, as workbooks do. `people`: rounded once, on people;
        what a fraction leaves over is carried along the day (`staffing.whole_people`), so that whole people sum to the
        need. Only with `mean`: the others count in people throughout.
    """

    strive_for: StriveFor = "mean"
    chance: float = 0.8
    chance_of: ChanceOf = "month"
    rounding: Rounding = "people"

    def __post_init__(self) -> None:
        if not 0.0 < self.chance < 1.0:
            raise refusal("promise.chance", chance=self.chance)


ROUNDED_ONCE = Striving()
AS_A_WORKBOOK = Striving(rounding="seats")
