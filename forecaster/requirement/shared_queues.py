"""Several queues and people who serve more than one of them: how many people are needed together, counted once.

Between queues apart and one queue of all lies what people of some skills save. The need of a set of queues is written
as `pooled + part × (apart − pooled)`; the least part with which no queue is worse off than apart, or than pooled, is
found by playing the month with its routing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecaster.forecast.band_columns import BAND_COLUMNS, DAY_BANDS, TOTAL_BAND
from forecaster.history.intervals import minutes_apart, require_same_intervals, wall_clock
from forecaster.messages import Words
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.crews import Crew, Queues
from forecaster.requirement.expected_service import Numbers, Whole, patience_of
from forecaster.requirement.futures import day_numbers, draw_futures
from forecaster.requirement.promises import Promise, present, promise_of
from forecaster.requirement.staffing import whole_people
from forecaster.requirement.within_intervals import parts_of, rates_within
from forecaster.simulation.inputs import Callers
from forecaster.simulation.one_queue_loop import ANSWERED_WITHIN, OFFERED
from forecaster.simulation.skills import Pool, Serves, simulate_skills_on_futures

PROMISE_PATHS = 100  # of a promise: the error of a chance of a half is 5 points
CALLS_A_TRIAL = 3e6  # played while the part is sought: some seconds
FEWEST_PATHS, MOST_PATHS = 10, 60  # of a trial: fewer are noise, and more tell no other part
LOAD_CLASSES = 3  # classes of intervals by load, each with a part of its own
HALVINGS = 5  # of halving the part: to a thirty-second
WEIGHINGS = 60  # of dividing people among queues; they settle by then


@dataclass(frozen=True, eq=False)
class SharedNeed:
    """How many people several queues need.

    alone
        People each queue would need by itself (intervals × queues).
    sets
        People needed who serve at least one queue of a set, by set; single queues are those `alone`.
    total
        People needed in all.
    part
        0 = pooling saves what one queue of all would save, 1 = nothing (intervals).
    """

    alone: pd.DataFrame
    sets: Mapping[Queues, pd.Series]
    total: pd.Series
    part: pd.Series

    def shares(self) -> pd.DataFrame:
        """Return the whole people of the total that fall to each queue, in proportion to what it needs alone."""
        return pd.DataFrame(
            whole_shares(self.alone.to_numpy(dtype=float), self.total.to_numpy(dtype=float)),
            index=self.alone.index,
            columns=self.alone.columns,
        )


def combined_forecast(forecasts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the forecast of several queues together: calls added, handle times by calls.

    Limits are added too: what queues are off, they are off together, for nothing tells that they make up for it.

    Raises
    ------
    ValueError
        If they do not cover the same intervals.
    """
    first = forecasts[0]
    for other in forecasts[1:]:
        both = Words("各队列的预测", "the forecasts of the queues")
        require_same_intervals(pd.DatetimeIndex(first.index), pd.DatetimeIndex(other.index), names=both)
    calls = pd.concat([one["calls"].fillna(0.0) for one in forecasts], axis=1).to_numpy()
    total = calls.sum(axis=1)
    known = [name for name in first.columns if all(name in one.columns for one in forecasts)]
    result = pd.DataFrame({"calls": total}, index=first.index)

    def by_calls(name: str, weights: np.ndarray) -> np.ndarray:
        values = np.column_stack([one[name].to_numpy(dtype=float) for one in forecasts])
        weights = np.where(np.isfinite(values), weights, 0.0)
        sums = weights.sum(axis=1)
        mean = (np.nan_to_num(values) * weights).sum(axis=1) / np.where(sums > 0, sums, 1.0)
        return np.where(sums > 0, mean, np.nan)

    day = day_numbers(pd.Index(first.index))
    of_day = np.column_stack([np.bincount(day, weights=one)[day] for one in calls.T])
    of_all = np.broadcast_to(calls.sum(axis=0), calls.shape)
    for names, weights in (((*DAY_BANDS.values(),), of_day), (TOTAL_BAND, of_all), (("aht_seconds",), calls)):
        for name in names:
            if name in known:
                result[name] = by_calls(name, weights)
    for name in BAND_COLUMNS:
        if name in known:
            result[name] = sum(one[name].fillna(0.0) for one in forecasts)
    return result[known]


def whole_shares(weights: Numbers, totals: Numbers) -> Numbers:
    """Return `totals` (rows) divided over columns in proportion to `weights`, in whole numbers but for a fraction.

    By largest remainders; a row without weights is divided evenly.
    """
    sums = weights.sum(axis=1, keepdims=True)
    even = np.full_like(weights, 1.0 / weights.shape[1])
    exact = np.divide(weights, sums, out=even, where=sums > 0) * totals[:, None]
    result = np.floor(exact + 1e-9)
    left = totals - result.sum(axis=1)
    place = np.argsort(np.argsort(-(exact - result), axis=1, kind="stable"), axis=1, kind="stable")
    return result + np.clip(left[:, None] - place, 0.0, 1.0)


def given_to_queues(crews: Sequence[Queues], there: Numbers, wanted: Numbers, queues: Sequence[str]) -> Numbers:
    """Return how many people each queue has (intervals × queues), everybody counted once.

    People of each crew (`there`, intervals × crews) are divided among the queues they serve so that queues have their
    people as nearly in proportion to `wanted` (intervals × queues) as the skills allow; whole, but for a fraction.
    """
    serves = np.array([[queue in crew for queue in queues] for crew in crews], dtype=float)
    price = np.ones_like(wanted)
    want = np.maximum(wanted, 1e-6)
    given = np.zeros_like(wanted)
    for _ in range(WEIGHINGS):
        weight = serves[None] * (want * price)[:, None, :]
        weight /= np.maximum(weight.sum(axis=2, keepdims=True), 1e-300)
        given = (weight * there[:, :, None]).sum(axis=1)
        price /= np.sqrt(np.maximum(given / want, 1e-9))
        price /= price.max(axis=1, keepdims=True)
        price = np.maximum(price, 1e-9)
    return whole_shares(given, there.sum(axis=1))


def shared_need(
    forecasts: Mapping[str, pd.DataFrame],
    needs: Mapping[str, pd.Series],
    pooled: Callable[[pd.DataFrame], pd.Series],
    *,
    targets: Mapping[str, ServiceTarget],
    crews: Sequence[Crew],
    sets: Sequence[Queues],
    seed: int = 0,
) -> SharedNeed:
    """Return how many people several queues need, of whom some serve more than one.

    needs
        People each queue needs by itself, by queue.
    pooled
        Gives the people that one queue with a forecast needs.
    sets
        The sets of queues that people hang together by (`optimizer.search.skill_cover.shared_skills`).
    """
    alone = pd.DataFrame({queue: needs[queue].astype(float) for queue in forecasts})
    together = {queues: _pooled(forecasts, alone, pooled, queues) for queues in sets}
    trial = _Trial(forecasts, targets, crews, seed)
    if not sets:
        return SharedNeed(alone, {}, alone.sum(axis=1).astype(int), pd.Series(1.0, index=alone.index))
    wanted = _levels_wanted(trial, alone, together)
    low, high = np.zeros(LOAD_CLASSES), np.ones(LOAD_CLASSES)
    part = low.copy()
    for _ in range(HALVINGS + 1):
        found = _at(alone, together, part[trial.load_class])
        level = trial.levels(trial.staffed(found))
        kept = (level >= wanted - 1e-4).all(axis=1)
        high, low = np.where(kept, part, high), np.where(kept, low, part)
        part = np.where(kept & (part <= 0.0), 0.0, (low + high) / 2.0)
    return _at(alone, together, high[trial.load_class])


def _pooled(
    forecasts: Mapping[str, pd.DataFrame],
    alone: pd.DataFrame,
    pooled: Callable[[pd.DataFrame], pd.Series],
    queues: Queues,
) -> Numbers:
    """Return the people whom a set of queues would need as one queue: not more than apart, not fewer than any alone."""
    one = pooled(combined_forecast([frame for queue, frame in forecasts.items() if queue in queues]))
    names = sorted(queues)
    return np.clip(one.to_numpy(dtype=float), alone[names].max(axis=1).to_numpy(), alone[names].sum(axis=1).to_numpy())


def _at(alone: pd.DataFrame, together: Mapping[Queues, Numbers], part: Numbers) -> SharedNeed:
    """Return the need at a part of what is not saved."""
    index, day_of = alone.index, day_numbers(pd.Index(alone.index))
    found: dict[Queues, Whole] = {}
    for queues in sorted(together, key=len):
        apart = alone[sorted(queues)].sum(axis=1).to_numpy()
        need = whole_people(together[queues] + part * (apart - together[queues]), day_of)
        least = [people for inner, people in found.items() if inner < queues]
        need = np.maximum.reduce([need, alone[sorted(queues)].max(axis=1).to_numpy().astype(np.int64), *least])
        found[queues] = np.minimum(need, apart.astype(np.int64))
    total, left = np.zeros(len(index), dtype=np.int64), set(alone.columns)
    for queues in sorted(found, key=len, reverse=True):  # the largest of each part that hangs together
        if queues <= left:
            total, left = total + found[queues], left - queues
    total = total + alone[sorted(left)].sum(axis=1).to_numpy().astype(np.int64)
    sets = {queues: pd.Series(people, index=index) for queues, people in found.items()}
    return SharedNeed(alone, sets, pd.Series(total, index=index), pd.Series(part, index=index))


def _levels_wanted(trial: _Trial, alone: pd.DataFrame, together: Mapping[Queues, Numbers]) -> Numbers:
    """Return the level (classes of load × queues) that no queue may fall below: the lower of apart's and pooled's."""
    queues = list(alone.columns)
    people = alone.to_numpy().T.astype(np.int64)
    apart = trial.levels(people, [Crew({queue: 1}, 1.0) for queue in queues])
    wanted = apart.copy()
    most = {one: next(s for s in sorted(together, key=len, reverse=True) if one in s) for one in queues
            if any(one in s for s in together)}  # fmt: skip
    largest = sorted(set(most.values()), key=sorted)
    lone = [queue for queue in queues if queue not in most]
    crews = [Crew(dict.fromkeys(sorted(s), 1), 1.0) for s in largest] + [Crew({queue: 1}, 1.0) for queue in lone]
    needed = _at(alone, together, np.zeros(len(alone)))
    rows = [needed.sets[s].to_numpy() for s in largest] + [alone[queue].to_numpy().astype(np.int64) for queue in lone]
    return np.minimum(wanted, trial.levels(np.array(rows), crews))


class _Trial:
    """A month's futures, to try people on; the same callers come in every trial."""

    def __init__(
        self,
        forecasts: Mapping[str, pd.DataFrame],
        targets: Mapping[str, ServiceTarget],
        crews: Sequence[Crew],
        seed: int,
    ) -> None:
        self.forecasts, self.targets, self.crews, self.seed = forecasts, targets, crews, seed
        self.queues = list(forecasts)
        calls = np.array([frame["calls"].fillna(0.0).to_numpy() for frame in forecasts.values()])
        self.paths = int(np.clip(CALLS_A_TRIAL / max(calls.sum(), 1.0), FEWEST_PATHS, MOST_PATHS))
        futures = [draw_futures(frame, paths=self.paths, seed=seed) for frame in forecasts.values()]
        self.calls = np.stack(futures, axis=1)
        busy = calls.sum(axis=0)
        edges = (
            np.quantile(busy[busy > 0], np.arange(1, LOAD_CLASSES) / LOAD_CLASSES)
            if (busy > 0).any()
            else np.zeros(LOAD_CLASSES - 1)
        )
        self.load_class = np.searchsorted(edges, busy)

    def staffed(self, need: SharedNeed) -> Whole:
        """Return the people of each crew (crews × intervals): of the crews who are shared their usual part."""
        alone, total = need.alone.to_numpy(dtype=float), need.total.to_numpy(dtype=float)
        serves = np.array([[queue in crew.serves for queue in self.queues] for crew in self.crews], dtype=float)
        weight = np.array([crew.weight for crew in self.crews])
        able = serves.T @ weight
        wanted = alone / np.maximum(able, 1e-12)  # how much each hour of who serves a queue is asked for
        asked = weight * (wanted @ serves.T) / np.maximum(serves.sum(axis=1), 1.0)
        return whole_shares(asked, total).T.astype(np.int64)

    def levels(self, people: Whole, crews: Sequence[Crew] | None = None) -> Numbers:
        """Return the share of each queue's calls answered in time (classes of load × queues)."""
        seats = _there(self.forecasts, people, self.targets, paths=self.paths, seed=self.seed)
        played = _play(
            self.forecasts, self.targets, crews or self.crews, calls=self.calls, seats=seats, seed=self.seed
        )  # fmt: skip
        result = np.ones((LOAD_CLASSES, len(self.queues)))
        for q, queue in enumerate(self.queues):
            sums = played[queue][:, :, [OFFERED, ANSWERED_WITHIN]].sum(axis=0)
            offered, in_time = (
                np.bincount(self.load_class, weights=sums[:, k], minlength=LOAD_CLASSES) for k in (0, 1)
            )
            result[:, q] = np.divide(in_time, offered, out=np.ones(LOAD_CLASSES), where=offered > 0)
        return result


def _there(
    forecasts: Mapping[str, pd.DataFrame],
    people: Whole,
    targets: Mapping[str, ServiceTarget],
    *,
    paths: int,
    seed: int,
) -> Whole:
    """Return who of the people rostered (crews × intervals) is there on each path (paths × crews × intervals)."""
    local = wall_clock(pd.DatetimeIndex(next(iter(forecasts.values())).index))
    away = max(target.shrinkage for target in targets.values())
    rows = [
        present(row.astype(float), local, shrinkage=away, paths=paths, seed=seed + 7919 * k)
        for k, row in enumerate(people)
    ]
    return np.stack(rows, axis=1)


def _play(
    forecasts: Mapping[str, pd.DataFrame],
    targets: Mapping[str, ServiceTarget],
    crews: Sequence[Crew],
    *,
    calls: Numbers,
    **futures: Any,
) -> dict[str, Numbers]:
    """Return the outcome (futures × intervals × columns) of each queue; `futures`: `simulate_skills_on_futures`.

    Calls come busier where an interval leads to a busier one, as `promises.promise` has them.
    """
    index = pd.DatetimeIndex(next(iter(forecasts.values())).index)
    minutes = minutes_apart(index)
    callers = [
        Callers(
            calls=frame["calls"].fillna(0.0).to_numpy(),
            aht_seconds=frame["aht_seconds"].to_numpy(dtype=float),
            patience_seconds=patience_of(targets[queue]),
            name=queue,
            rates=rates_within(calls[:, q].mean(axis=0), parts_of(minutes)),
        )
        for q, (queue, frame) in enumerate(forecasts.items())
    ]
    pools = [
        Pool(
            crew.name,
            0,
            {q: Serves(rank=level - 1, choice=100 * level + len(crew.serves)) for q, level in crew.serves.items()},
        )
        for crew in crews
    ]
    within = [targets[queue].answer_within_seconds for queue in forecasts]
    runs = simulate_skills_on_futures(
        callers, pools, calls=calls, interval_minutes=minutes, answer_within_seconds=within, **futures
    )
    return {queue: one.outcome for queue, one in runs.items()}


@dataclass(frozen=True, eq=False)
class Played:
    """A queue's month played: the outcome (futures × intervals × columns), and the level at the forecast's mean."""

    outcome: Numbers
    level_at_mean: Numbers

    def promise(self, forecast: pd.DataFrame, people: pd.Series, target: ServiceTarget) -> Promise:
        """Return what it promises (`promises.promise_of`); `people` are only told."""
        return promise_of(forecast, people, target, played=self.outcome, level_at_mean=self.level_at_mean)


def played_month(
    forecasts: Mapping[str, pd.DataFrame],
    people: Numbers,
    *,
    targets: Mapping[str, ServiceTarget],
    crews: Sequence[Crew],
    paths: int = PROMISE_PATHS,
    seed: int = 0,
) -> dict[str, Played]:
    """Return the month played call by call with its routing (`Crew`), by queue.

    `people` are on the phone before absences (intervals × crews). It is played as `promises.promise` plays one queue's,
    but for the level at the mean, which is played too: no formula knows who is shared.
    """
    whole = np.round(people.T).astype(np.int64)
    seats = _there(forecasts, whole, targets, paths=paths, seed=seed)
    futures = np.stack([draw_futures(frame, paths=paths, seed=seed) for frame in forecasts.values()], axis=1)
    played = _play(forecasts, targets, crews, calls=futures, seats=seats, seed=seed)
    calls = np.stack([frame["calls"].fillna(0.0).to_numpy() for frame in forecasts.values()])
    runs = max(5, paths // 5)
    at_mean = np.broadcast_to(calls, (runs, *calls.shape))
    mean = _play(forecasts, targets, crews, calls=at_mean, seats=seats[:runs], seed=seed)
    result = {}
    for queue in forecasts:
        sums = mean[queue].sum(axis=0)
        offered, in_time = sums[:, OFFERED], sums[:, ANSWERED_WITHIN]
        level = np.divide(in_time, offered, out=np.ones(len(sums)), where=offered > 0)
        result[queue] = Played(played[queue], level)
    return result


def played_together(played: Mapping[str, Played], forecasts: Mapping[str, pd.DataFrame]) -> Played:
    """Return several queues' month as that of one."""
    calls = np.stack([forecasts[queue]["calls"].fillna(0.0).to_numpy() for queue in played])
    levels = np.stack([one.level_at_mean for one in played.values()])
    total = calls.sum(axis=0)
    mean = np.divide((levels * calls).sum(axis=0), total, out=np.ones(len(total)), where=total > 0)
    return Played(np.sum([one.outcome for one in played.values()], axis=0), mean)
