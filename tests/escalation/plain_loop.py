"""The ladder as section 2 of the rulebook reads, in one plain loop: no clocks kept, the past is looked through anew.

It knows the two shipped profiles and nothing of the engine; times are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROLES = ("expert", "outbound", "qa", "back_office", "inbound", "standby")
COLUMNS = {"expert": "experts_available", "outbound": "outbound_available", "qa": "qa_available",
           "back_office": "back_office_available"}  # fmt: skip
HOLD, GAP, MOST_ADDED = 300, 90, 9
Said = list[tuple[str, int | None, str, int | None, int]]


@dataclass(eq=False)
class Group:
    """People called: by which rung, how many (None: all there are), how many were seen to sit or to leave a count."""

    rung: int
    role: str
    people: int | None
    sat: int = 0
    left: int = 0
    for_fault: bool = False


@dataclass
class Loop:
    """One queue under one profile; `seat_limit` is how many seats there are in the room, where that is said."""

    literal: bool
    seat_limit: int | None = None
    said: Said = field(default_factory=list)
    past: list[tuple[int, int]] = field(default_factory=list)  # accepted readings since the last gap
    last: tuple[int, int] | None = None
    told: dict[str, Any] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    decided: int = 0  # the highest rung decided on
    ordered_at: int | None = None
    released_at: int | None = None
    seats_at_order: int | None = None
    night: bool = False
    holiday: bool = False
    night_done: bool = False
    fault: bool = False
    fault_done: bool = False
    held: bool = False

    # -- what a row does -----------------------------------------------------------------------------------------------

    def row(self, at: int, waiting: int | None, told: dict[str, Any]) -> None:
        """L30: people and seats, the reading, the mode, the fault; of what does not count, nothing."""
        late = self.last is not None and at < self.last[0]
        conflict = self.last is not None and waiting is not None and at == self.last[0] and waiting != self.last[1]
        counts = not late and not conflict
        if counts:
            self.people(told)
        self.reading(at, waiting, late=late, conflict=conflict)
        if counts:
            self.mode(at, told)
            if told.get("known_fault") is not None and told["known_fault"] != self.fault:
                self.known_fault(at, told["known_fault"])

    def people(self, told: dict[str, Any]) -> None:
        before = dict(self.told)
        self.told.update({key: value for key, value in told.items() if value is not None})
        same = ("seats_signed_in" in before) == ("seats_signed_in" in self.told)
        now = self.seats_taken()
        sat = max(0, now - self.seats_at_order) if same and now is not None and self.seats_at_order is not None else 0
        for one in self.groups:
            seated = min(sat, max(0, (one.people or 0) - one.sat))
            one.sat, sat = one.sat + seated, sat - seated
        if now is not None:
            self.seats_at_order = max(now, self.seats_at_order) if same and self.seats_at_order is not None else now
        for role, column in COLUMNS.items():
            gone = max(0, before.get(column, 0) - self.told.get(column, before.get(column, 0)))
            for one in self.groups:
                if one.role == role:
                    left = min(gone, (one.people or 0) - one.left)
                    one.left, gone = one.left + left, gone - left

    def reading(self, at: int, waiting: int | None, *, late: bool, conflict: bool) -> None:
        if waiting is None:
            self.say("refused", None, "", None, at)
        elif late:
            self.say("late", None, "", None, at)
        elif conflict:
            self.say("refused", None, "", None, at)
        elif self.last != (at, waiting):
            if self.last is not None and at - self.last[0] > GAP:
                self.say("stale", self.decided or None, "", None, at)
                self.past.clear()
                self.released_at = None
            self.past.append((at, waiting))
            self.last = (at, waiting)
            self.decide(at, waiting)

    def mode(self, at: int, told: dict[str, Any]) -> None:
        self.holiday = told.get("holiday", self.holiday) if told.get("holiday") is not None else self.holiday
        night = {"night": True, "day": False}.get(told.get("mode") or "", self.night)
        if night != self.night:
            self.night, self.night_done = night, False
            if night and self.past and at - self.past[-1][0] <= GAP and self.past[-1][1] > 5:
                self.night_order(at)

    def known_fault(self, at: int, stands: bool) -> None:
        self.fault = stands
        if not stands:
            for one in self.groups:
                one.for_fault = False
            return
        if not any(one.rung == 6 for one in self.groups):
            self.call(at, for_fault=True)

    # -- what is decided -----------------------------------------------------------------------------------------------

    def decide(self, at: int, waiting: int) -> None:
        if waiting <= 5:
            self.held = False
            self.release(at)
            return
        self.released_at = None
        if self.night and not self.night_done and self.night_order(at):
            return
        at_first = self.decided
        if self.climb(at, waiting):
            return
        lasting = 3 <= self.decided < 6 and 5 < waiting <= self.above(self.decided + 1)
        if lasting and self.decided == at_first and not self.held:
            self.held = True
            self.say("holding", self.decided, "", None, at)

    def climb(self, at: int, waiting: int) -> bool:
        while True:
            rung = self.decided + 1
            while any(one.rung == rung for one in self.groups):
                rung += 1
            if rung > 6 or (self.night and rung <= 4 and not self.night_done):
                return False
            if self.night and rung <= 4:
                return False  # the night has called them all already
            since = self.since(at, lambda w, rung=rung: self.meets(rung, w))
            if since is None or self.ordered_at == at:
                return False
            base = since if self.ordered_at is None else max(since, self.ordered_at)
            if at - base < (0 if rung == 4 else HOLD):
                return False
            self.held = False
            if self.order(rung, at, waiting):
                self.decided, self.ordered_at = rung, at
                return True
            self.decided = rung

    def order(self, rung: int, at: int, waiting: int) -> bool:
        """L13 to L17; whether anybody was called."""
        role = ROLES[rung - 1]
        if rung == 6:
            return self.call(at)
        wanted = self.wanted(rung, waiting)
        there = None if rung == 5 else self.rest(role)
        free, added = self.free(), MOST_ADDED - sum(one.people or 0 for one in self.groups if one.rung in (2, 3, 4))
        if wanted is not None and wanted <= 0:
            return self.pass_over("skipped", rung, at)
        if there == 0:
            return self.pass_over("skipped", rung, at)
        if free == 0 or (rung in (2, 3, 4) and added <= 0):
            return self.pass_over("blocked", rung, at)
        limits = [one for one in (wanted, there) if one is not None]
        if limits and free is not None:
            limits.append(free)
        if rung in (2, 3, 4):
            limits.append(added)
        self.enter(Group(rung, role, min(limits) if limits else None), at)
        return True

    def call(self, at: int, *, for_fault: bool = False) -> bool:
        short = self.short()
        if short is not None and short <= 0:
            return self.pass_over("skipped", 6, at)
        wanted, free = 3 if short is None else short, self.free()
        self.enter(Group(6, "standby", wanted if free is None else min(wanted, free), for_fault=for_fault), at)
        return True

    def night_order(self, at: int) -> bool:
        if self.lasted(at, lambda w: w > 5) < HOLD:
            return False
        called = False
        for rung, role in enumerate(ROLES[:4], start=1):
            mine = [one for one in self.groups if one.rung == rung]
            if any(one.people is None for one in mine):
                continue
            there, free = self.rest(role), self.free()
            if there == 0 or free == 0:
                if not mine:
                    self.pass_over("skipped" if there == 0 else "blocked", rung, at)
                continue
            people = there if there is None or free is None else min(there, free)
            self.enter(Group(rung, role, people), at)
            called = True
        self.night_done, self.decided, self.held = True, max(self.decided, 4), False
        self.ordered_at = at if called else self.ordered_at
        return called

    def release(self, at: int) -> None:
        since = self.since(at, lambda w: w <= 5)
        assert since is not None
        if self.released_at is not None:
            since = max(since, self.released_at)
        if not self.literal and at - since < HOLD:
            return
        loose = [one for one in self.groups if not (self.fault and one.for_fault)]
        if not loose:
            if not self.groups:
                self.decided, self.night_done = 0, False
            return
        gone = loose[-1]
        self.groups.remove(gone)
        self.say("release", gone.rung, gone.role, gone.people, at)
        inside = {one.rung for one in self.groups}
        self.decided = next(rung for rung in range(1, 8) if rung not in inside) - 1
        self.released_at, self.night_done = at, False

    # -- what is asked -------------------------------------------------------------------------------------------------

    def meets(self, rung: int, waiting: int) -> bool:
        if rung >= 4:
            return waiting > 10
        return 5 < waiting <= 10 if self.literal else waiting > 5

    def above(self, rung: int) -> int:
        return 5 if rung <= 3 else 10

    def since(self, at: int, holds: Any) -> int | None:
        """Return when the unbroken run began in which `holds` is true of every reading; None if it is not now."""
        start = None
        for when, waiting in reversed(self.past):
            if not holds(waiting):
                break
            start = when
        return start

    def lasted(self, at: int, holds: Any) -> int:
        start = self.since(at, holds)
        return -1 if start is None else at - start

    def short(self) -> int | None:
        if "seats_required" not in self.told or "seats_signed_in" not in self.told:
            return None
        return int(self.told["seats_required"] - self.told["seats_signed_in"])

    def wanted(self, rung: int, waiting: int) -> int | None:
        if rung == 1:
            return None
        short = self.short()
        if short is None:
            return 2 if waiting <= 10 else 3
        return min(max(short, 2), 3) if rung <= 4 else short

    def rest(self, role: str) -> int | None:
        """L31: those told as available, but for those called before they left that count; None: nobody told."""
        if COLUMNS[role] not in self.told:
            return None
        called = sum((one.people or 0) - one.left for one in self.groups if one.role == role)
        return max(0, int(self.told[COLUMNS[role]]) - called)

    def free(self) -> int | None:
        """L32: the free seats but for those whose people are on their way."""
        room = (
            self.seat_limit - self.told["seats_signed_in"]
            if self.seat_limit and "seats_signed_in" in self.told
            else None
        )
        free = self.told.get("seats_free", room)
        if free is None:
            return None
        return max(0, int(free) - sum(max(0, (one.people or 0) - one.sat) for one in self.groups))

    def seats_taken(self) -> int | None:
        if "seats_signed_in" in self.told:
            return int(self.told["seats_signed_in"])
        return -int(self.told["seats_free"]) if "seats_free" in self.told else None

    def enter(self, group: Group, at: int) -> None:
        self.groups.append(group)
        self.seats_at_order = self.seats_taken()
        self.say("order", group.rung, group.role, group.people, at)

    def pass_over(self, kind: str, rung: int, at: int) -> bool:
        self.say(kind, rung, ROLES[rung - 1], 0, at)
        return False

    def say(self, kind: str, rung: int | None, role: str, people: int | None, at: int) -> None:
        self.said.append((kind, rung, role, people, at))


def play(rows: list[tuple[int, int | None, dict[str, Any]]], *, literal: bool, seat_limit: int | None = None) -> Loop:
    """Return the loop after all rows."""
    loop = Loop(literal, seat_limit)
    for at, waiting, told in rows:
        loop.row(at, waiting, told)
    return loop
