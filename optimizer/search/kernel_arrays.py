"""What the compiled loops read, in bundles: one name for arrays that travel together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

NEVER = np.float32(1e30)  # a finite stand-in for infinity, so that the loops may be vectorised
NOWHERE = 0  # the row of a state that no lawful month passes


class TourRules(NamedTuple):
    """The rules of single-person months as arrays.

    Sources are the states' first part: work classes (the last duty as far as the rules remember it, nights in a row),
    then off classes (the same, and whether one day or more were free). A gate collects the sources from which a kind of
    shift may start; a move takes a gate by one shift to a work class; a keep is the same shift again where that costs
    less. Which gates a source may pass is told for each kind of day (`optimizer.search.rests`).
    """

    source_first: IntArray  # (kinds of day, sources + 1) into the two below
    source_gate: IntArray  # the gates that a source may pass
    source_cost: NDArray[np.float32]
    gate_first_move: IntArray  # (gates + 1,) into the moves
    move_first_shift: IntArray  # (moves + 1,) into the next
    move_shift: IntArray
    move_class: IntArray  # (moves,)
    keep_source: IntArray  # (keeps,)
    keep_first: IntArray  # (moves + 1,) into the keeps
    keep_cost: NDArray[np.float32]  # (keeps, kinds of day)
    class_first_move: IntArray  # (work classes + 1,) into the next: the moves that lead to a class
    class_move: IntArray
    class_after: IntArray  # (kinds of day, sources, shifts) work class after a shift from a source, -1 = not lawful
    class_cost: NDArray[np.float32]  # (kinds of day, sources, shifts)
    work_count: int  # work classes
    off_next: IntArray  # (sources,) off class, counted from 0, after a day off
    off_count: int  # off classes
    rest_cost: NDArray[np.float32]  # (work classes, days in a row) of a first day off
    run_cost: NDArray[np.float32]  # (days in a row,) of a day on duty that is so many in a row
    days_in_a_row: int
    rotation: FloatArray  # (shifts, shifts) cost of the second on the day after the first; 0 where unlawful
    carried_class: IntArray  # (nights + 1,) source of somebody who worked on the day before the month
    carried_off_class: IntArray  # (nights + 1,) source of somebody who worked on the day before that
    rested_class: int  # source of somebody long rested
    kind_of_day: IntArray  # (days,)


class Weeks(NamedTuple):
    """What is left of each person's weeks, as states (`optimizer.search.week_states`)."""

    graph_of: IntArray  # (people, weeks)
    # (graphs, days, lengths + 1, states): the next day's state, −1 = not lawful; last: day off
    after: NDArray[np.int32]
    size: IntArray  # (graphs, days + 1): how many states there are before each day, and after the last
    length_of: IntArray  # (duties,)
    day_of: IntArray  # (days,) how many days of the week lie in the month before it


class Walks(NamedTuple):
    """Layered graphs of people's months, one for each set of limits and hours that occurs.

    A kind collects duties that no rule tells apart; the last choice of a state is a day off. States that differ in the
    last duty alone lie side by side in a block: a duty leads them to the same state and costs them the same, but for
    what their turns from the last duty may be and cost.
    """

    limited: NDArray[np.bool_]  # (people,) who has limits that nothing but the graph knows
    graph_of: IntArray  # (people,) -1 = none
    first_state: IntArray  # (people,) the state before the first day, 0 = no lawful month
    layer: IntArray  # (graphs, days + 2): the first state of each layer, and the end of the last
    block_of: IntArray  # (states,)
    turn_of: IntArray  # (states,) into the turns
    block_layer: IntArray  # (graphs, days + 2): the first block of each layer, and the end of the last
    block_first: IntArray  # (blocks + 1,) into the states
    target: NDArray[np.int32]  # (blocks, kinds): the state after a duty; 0 = not lawful
    rest: NDArray[np.int32]  # (states,): the state after a day off
    extra: NDArray[np.float32]  # (blocks, kinds + 1): what the choice costs after these days before
    sunday: NDArray[np.float32]  # (blocks,): 1 where duty is on a Sunday after a free Saturday of the month
    turn_cost: NDArray[np.float32]  # (kinds of day, turns, kinds) of a duty after the last one, or NEVER
    kind_of_day: IntArray  # (days,)
    kind_first: IntArray  # (kinds + 1,) into the next
    kind_duty: IntArray
    kind_of: IntArray  # (duties + 1,) the kind of a duty; the last is a day off

    def after(self, states: IntArray, duties: NDArray[np.integer], day: int) -> IntArray:
        """Return (n,) the states after a duty each (-1 = off) on a day, NOWHERE where it is not lawful."""
        kinds = np.where(duties < 0, 0, self.kind_of[duties])
        turns = self.turn_cost[self.kind_of_day[day], self.turn_of[states], kinds]
        worked = np.where(turns < NEVER, self.target[self.block_of[states], kinds], NOWHERE)
        return np.where(duties < 0, self.rest[states], worked).astype(np.int64)

    def lawful(self, people: IntArray, tours: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return (n,) whether each month of `tours` (n, days; duties, -1 = off) suits its person."""
        state = self.first_state[people]
        for d in range(tours.shape[1]):
            state = self.after(state, tours[:, d], d)
        return np.asarray((state != NOWHERE) | (self.graph_of[people] < 0))


class Staff(NamedTuple):
    """What the people bring into the month and may take from it."""

    person_cost: NDArray[np.float32]  # (people, days, duties + 1); inf = not allowed
    group_of: IntArray  # (people,)
    first_source: IntArray
    first_run: IntArray  # working days in a row before the first day
    month_cap: FloatArray  # (people,) minutes
    month_floor: FloatArray  # (people,) minutes, standby not counted
    allowance: FloatArray  # (people, 4) nights, weekend days, holidays and weekends that cost nothing
    week_of_day: IntArray
    weekend: IntArray  # (days,) 1 and 2 = Saturday and Sunday of a weekend that lies in the month, 0 = any other day


class Duties(NamedTuple):
    """Where the duties lie, and what they weigh: the shifts first, then the standby spells."""

    start_slot: IntArray  # (days, duties)
    end_slot: IntArray
    meal_slots: IntArray  # (duties,)
    meal_first: IntArray  # (duties + 1,) into the next
    meal_offset: IntArray
    first_standby: int
    worked_minutes: FloatArray  # (duties,)
    burden: IntArray  # (3, days, duties)
    burden_weight: FloatArray  # (4,) of nights, weekend days, holidays, weekends


class Pauses(NamedTuple):
    """Every way in which the short breaks of a duty may lie, on slots of their own."""

    slot_minutes: int
    first: IntArray  # (duties, meals) the first way with the meal that has this number, of a duty without one with 0
    end: IntArray  # (duties, meals) the way after the last
    offset: IntArray  # (ways, breaks) slots from the shift's start to each break's begin
    window_first: IntArray  # (duties, breaks) into the next, the times at which a break may begin by itself
    window_end: IntArray
    window: IntArray  # slots from the shift's start
    length: IntArray  # (duties, breaks) slots; 0 = no such break


class Curves(NamedTuple):
    """Which curves of coverage a group's people count for."""

    first: IntArray  # (groups + 1,) into the next
    of_group: IntArray
    leaves_for_meals: NDArray[np.bool_]  # (groups,)
    standby: int  # the curve of those on standby, -1 = none


class MonthArrays(NamedTuple):
    """One month's problem."""

    staff: Staff
    duties: Duties
    curves: Curves
    pauses: Pauses
    rules: TourRules
    weeks: Weeks
    walks: Walks


class Pool(NamedTuple):
    """Months seen before, from which a person's next one may be chosen."""

    months: NDArray[np.int16]  # (people, months kept, days): duties, -1 = off
    beside: FloatArray  # (people, months kept) what each costs beside its days and its coverage; NEVER = not lawful
    size: IntArray  # (people,) how many there are


class Scratch(NamedTuple):
    """Room for the loops to work in, allocated once."""

    value: NDArray[np.float32]  # (days + 1, weekends + 1, states): cheapest way to each state at the start of a day
    best_price: NDArray[np.float32]  # (days, moves)
    best_shift: NDArray[np.int16]  # (days, moves)
    walk_value: NDArray[np.float32]  # (states of the walks,)
    steps: IntArray  # (4,) counted so far: days priced, days walked by states, states of walks, days chosen from a pool


class Costs(NamedTuple):
    """What a person's choices cost while everybody else's month stays as it is."""

    cost: FloatArray  # (days, duties + 1) of each choice; the last is a day off
    priced: FloatArray  # the same with the price of the month's minutes
    best_meal: NDArray[np.int16]  # (days, duties) the number of the meal that suits best
    summed: FloatArray  # (2, slots + 1) of a slot more, summed from the month's start: on the phone, on standby


class Room(NamedTuple):
    """Room for the loops of one day."""

    useful: NDArray[np.bool_]  # (gates,) whether a shift may start there
    gates: NDArray[np.float32]  # (gates, days in a row × week's states) the cheapest way to start a shift of each
    kept: NDArray[np.float32]  # (days in a row × week's states,)


class Step(NamedTuple):
    """The states before and after a day of one person's months."""

    kind: int  # of day
    now: NDArray[np.float32]  # (states,) the cheapest way to each before the day
    later: NDArray[np.float32]  # (states,) the same after it
    alive: NDArray[np.bool_]  # (work classes,) which can be before it; what stands in the others is never read
    after: NDArray[np.int32]  # (lengths + 1, week's states) the week's state after a choice
    high: int  # how many of the week's states there are before the day
    high_later: int  # and after it


class Way(NamedTuple):
    """How a sweep goes."""

    exact: bool = False  # keep the old month unless the new one is cheaper
    noise: float = 0.0  # up to so much is added to every choice
    hour_price: float = 0.0  # added per worked hour
    seed: int = 0
    first_day: int = 0  # days before it stay as they are
    end_day: int = 1 << 30  # days from it on stay too
