"""Which requests for leave are granted: one after the other by a rule, while there are places on all their days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any, Literal, get_args

import pandas as pd

from forecaster.messages import NOTHING, Words
from forecaster.names import called
from optimizer.desk.leave_quota import DAYS_A_WEEK
from optimizer.law.dates import monday_of
from optimizer.law.people import Person
from optimizer.sentences import refusal, say

Ranking = Literal["fair", "first", "points"]
REQUEST_COLUMNS = (
    "badge", "first_on", "last_on", "days", "granted", "reason", "reason_zh", "instead_first_on", "instead_last_on",
)  # fmt: skip
SEARCHED_DAYS = 28  # before and after what was refused, for days on which there is room


@dataclass(frozen=True)
class LeaveRequest:
    """Whom it is for, and from which day to which.

    asked_at
        When it was asked for; the earlier goes first. None comes after all that tell it.
    points
        How much it is worth to whoever asks, out of what each was given (ranking `points`).
    good_days_before
        Days that many wanted and this person had, of earlier years (ranking `fair`).
    """

    badge: str
    first_on: date
    last_on: date
    asked_at: datetime | None = None
    points: float = 0.0
    good_days_before: float = 0.0

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise refusal("leave.ends_before", badge=self.badge, first=self.first_on, last=self.last_on)

    @property
    def days(self) -> list[date]:
        """Return its days, one after the other."""
        return [self.first_on + timedelta(days=n) for n in range((self.last_on - self.first_on).days + 1)]


def decide_leave(
    requests: Sequence[LeaveRequest],
    quota: pd.DataFrame,
    people: Sequence[Person],
    *,
    group_of: Callable[[Person], Sequence[str]],
    ranking: Ranking = "fair",
) -> tuple[pd.DataFrame, list[Person]]:
    """Return a decision on every request, in their order, and the people with the leave that was granted.

    A request is granted whole or not at all: on each of its days its person's groups have a place left, and in each of
    its weeks days enough. A week of leave takes seven of a week's days, fewer days as many as the working days they
    are likely to be: a day 7 ÷ 5.

    quota
        `date, group, may_be_away, away` (`optimizer.desk.leave_quota.leave_quota`).
    group_of
        The groups of the quota a person counts in.
    ranking
        `first`: by when it was asked. `points`: the most points first. `fair`: whoever has had the fewest good days so
        far, a day being as good as there are more requests for it than places; then by when it was asked.

    Columns of the decisions: `badge, first_on, last_on, days, granted, reason, reason_zh` (of what was refused), and
    `instead_first_on, instead_last_on`: as many days nearby on which there was still room when all was decided.

    Raises
    ------
    ValueError
        If there is no such ranking.
    """
    if ranking not in get_args(Ranking):
        raise refusal("leave.ranking", ranking=ranking, known=get_args(Ranking))
    of = {person.badge: person for person in people}
    places = _Places(quota, [request for request in requests if request.badge in of])
    had = dict.fromkeys(of, 0.0)
    for request in requests:
        had[request.badge] = max(had.get(request.badge, 0.0), request.good_days_before)
    reasons: dict[int, Words] = {}
    waiting = [(_rank(request, ranking, had), number) for number, request in enumerate(requests)]
    heapify(waiting)
    while waiting:
        rank, number = heappop(waiting)
        request = requests[number]
        if (now := _rank(request, ranking, had)) != rank:  # has had good days since: its turn comes later
            heappush(waiting, (now, number))
            continue
        person = of.get(request.badge)
        if person is None:
            reasons[number] = say("leave.nobody", badge=request.badge)
            continue
        groups = group_of(person)
        wanted = [day for day in request.days if day not in person.leave]
        reasons[number] = places.refused(groups, wanted, person.leave) if wanted else say("leave.already")
        if reasons[number] == NOTHING:
            places.take(groups, wanted, person.leave)
            of[person.badge] = replace(person, leave=person.leave | set(wanted))
            had[person.badge] += sum(places.good(groups, day) for day in wanted)
    rows = []
    for number, request in enumerate(requests):
        reason, person = reasons[number], of.get(request.badge)
        nearby: Iterator[date] = iter(())
        if reason != NOTHING and person is not None:
            nearby = places.room_nearby(request, group_of(person), person.leave)
        rows.append(_decided(request, reason, instead=next(nearby, None)))
    return pd.DataFrame(rows, columns=list(REQUEST_COLUMNS)), [of[person.badge] for person in people]


def _decided(request: LeaveRequest, reason: Words, *, instead: date | None) -> tuple[Any, ...]:
    """Return the row of a decision: granted where there is no reason against it, else with where it would fit."""
    last = None if instead is None else instead + (request.last_on - request.first_on)
    granted = reason == NOTHING
    asked = (request.badge, request.first_on, request.last_on, len(request.days))
    return *asked, granted, reason.en, reason.zh, instead, last


def _rank(request: LeaveRequest, ranking: Ranking, had: Mapping[str, float]) -> tuple[float, float]:
    asked = float("inf") if request.asked_at is None else request.asked_at.timestamp()
    return {"first": 0.0, "points": -request.points, "fair": had[request.badge]}[ranking], asked


class _Places:
    """The places left, by group and day and by group and week, as requests are granted."""

    def __init__(self, quota: pd.DataFrame, requests: Sequence[LeaveRequest]) -> None:
        self.most: dict[tuple[str, date], int] = {}
        self.away: Counter[tuple[str, date]] = Counter()
        self.days_left: defaultdict[tuple[str, date], float] = defaultdict(float)
        for day, group, most, away in quota[["date", "group", "may_be_away", "away"]].itertuples(index=False):
            self.most[group, day] = most
            self.away[group, day] = away
            self.days_left[group, monday_of(day)] += most - away
        self.asked = Counter(day for request in requests for day in request.days)

    def good(self, groups: Sequence[str], day: date) -> float:
        """Return by how much more than its places a day was asked for, of what it had."""
        most = min((self.most[group, day] for group in groups), default=0)
        return max(0.0, self.asked[day] / max(most, 1) - 1)

    def refused(self, groups: Sequence[str], days: Sequence[date], leave: frozenset[date]) -> Words:
        """Return why there is no room on all these days for somebody who is away on `leave`; nothing where there is."""
        for day in days:
            for group in groups:
                if (group, day) not in self.most:
                    return say("leave.beyond", day=day)
                if self.away[group, day] >= self.most[group, day]:
                    return say("leave.full", day=day, group=called(group), most=self.most[group, day])
        for monday, cost in _cost_by_week(days, leave).items():
            for group in groups:
                if cost > self.days_left[group, monday] + 1e-9:
                    return say("leave.week_full", monday=monday, group=called(group))
        return NOTHING

    def take(self, groups: Sequence[str], days: Sequence[date], leave: frozenset[date]) -> None:
        """Count somebody away on these days."""
        for group in groups:
            for day in days:
                self.away[group, day] += 1
            for monday, cost in _cost_by_week(days, leave).items():
                self.days_left[group, monday] -= cost

    def room_nearby(self, request: LeaveRequest, groups: Sequence[str], leave: frozenset[date]) -> Iterator[date]:
        """Yield first days, the nearest ones first, from which as many days have room."""
        for offset in sorted(range(-SEARCHED_DAYS, SEARCHED_DAYS + 1), key=lambda n: (abs(n), n)):
            days = [day + timedelta(days=offset) for day in request.days]
            if not leave.intersection(days) and self.refused(groups, days, leave) == NOTHING:
                yield days[0]


def _cost_by_week(days: Sequence[date], leave: frozenset[date]) -> dict[date, float]:
    """Return what days more beside those of `leave` take of each week's, by Monday."""
    mondays = dict.fromkeys(monday_of(day) for day in days)
    before = Counter(monday_of(day) for day in leave)
    more = Counter(monday_of(day) for day in days)
    return {monday: _worth(before[monday] + more[monday]) - _worth(before[monday]) for monday in mondays}


def _worth(days: int) -> float:
    return min(days, DAYS_A_WEEK) * 7 / DAYS_A_WEEK
