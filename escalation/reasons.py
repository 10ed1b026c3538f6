"""The words of a decision, in English and Chinese, one sentence per reason code."""

from __future__ import annotations

from escalation.ladder import Rung

ROLE_NAMES = {
    "expert": ("mobile experts", "流动专家组"),
    "outbound": ("outbound", "外呼"),
    "qa": ("QA", "质检"),
    "back_office": ("back-office", "后台"),
    "inbound": ("shifts lengthened", "延长班次"),
    "standby": ("emergency overtime", "紧急加班"),
    "supervisor": ("supervisors", "督导"),
    "business_supervisor": ("business supervisors", "现场业务督导"),
}

Words = tuple[str, str]


def role_name(role: str) -> Words:
    """Return the role's name in English and Chinese (the role itself where it has none)."""
    return ROLE_NAMES.get(role, (role, role))


def people_words(people: int | None) -> Words:
    """Return how many people are meant; None is the whole group."""
    return ("the whole group", "全组") if people is None else (f"{people} people", f"{people}人")


def climbed(rung: Rung, *, waiting: int | None, people: int | None) -> Words:
    """Return why the rung was ordered by the queue."""
    role, who = role_name(rung.role), people_words(people)
    limit = "" if rung.waiting_at_most is None else f" and <= {rung.waiting_at_most}"
    limit_zh = "" if rung.waiting_at_most is None else f"且不超过{rung.waiting_at_most}人"
    held = f" for {rung.hold_seconds:g} s" if rung.hold_seconds else ""
    held_zh = f",已持续{rung.hold_seconds:g}秒" if rung.hold_seconds else ""
    return (
        f"{waiting} waiting: > {rung.waiting_above}{limit}{held}; {role[0]}, {who[0]}",
        f"等待{waiting}人:超过{rung.waiting_above}人{limit_zh}{held_zh};调入{role[1]}{who[1]}",
    )


def needed_words(needed: int | None, people: int | None) -> Words:
    """Return the remark that more are needed than can come, or nothing."""
    if needed is None or people is None or needed <= people:
        return "", ""
    return f" ({needed} needed, {people} can be seated or asked)", f"(需{needed}人,可安排{people}人)"


def passed_over(rung: Rung, code: str, *, needed: int | None) -> Words:
    """Return why the rung brought nobody in."""
    role = role_name(rung.role)
    need = ("", "") if not needed or needed < 0 else (f"; {needed} needed", f";需{needed}人")
    words = {
        "nobody": (f"nobody available: {role[0]}", f"无人可调:{role[1]}"),
        "engaged": (f"engaged on another queue: {role[0]}", f"正在支援其他队列:{role[1]}"),
        "seat_limit": (f"no free physical seat for {role[0]}", f"无空余物理台席,{role[1]}不能签入"),
        "max_added_seats": (
            f"the most added seats are in already; {role[0]} not added",
            f"增加台席已达上限,不再加{role[1]}",
        ),
        "no_shortfall": ("seats signed in already meet the seats required", "已签入台席已满足所需台数"),
    }
    en, zh = words[code]
    return f"{code}: {en}{need[0]}", f"{zh}{need[1]}"


def released(role: str, *, waiting: int | None, at_most: int, hold_seconds: float) -> Words:
    """Return why a group was signed out."""
    name = role_name(role)
    held = f" for {hold_seconds:g} s" if hold_seconds else ""
    held_zh = f"已持续{hold_seconds:g}秒" if hold_seconds else ""
    return (
        f"{waiting} waiting: <= {at_most}{held}; last in, first out: {name[0]}",
        f"等待{waiting}人:不超过{at_most}人{held_zh};按签入反序签出{name[1]}",
    )


def night(role: str, *, people: int | None, hold_seconds: float, above: int) -> Words:
    """Return why a group is part of the night order."""
    name, who = role_name(role), people_words(people)
    return (
        f"night order, all but one supervisor: > {above} waiting for {hold_seconds:g} s; {name[0]}, {who[0]}",
        f"夜班:除一名督导外全部非话务台席加入,等待超过{above}人已持续{hold_seconds:g}秒;{name[1]}{who[1]}",
    )


def by_hand(action: str, *, actor: str, reason: str, role: str = "") -> Words:
    """Return what a supervisor did and why."""
    name = role_name(role) if role else ("", "")
    zh = {"climb": "值班长升级", "hold": "值班长保持", "release": "值班长签出", "resume": "值班长恢复自动"}
    return (
        f"supervisor's {action} by {actor}{': ' + name[0] if role else ''}; {reason}",
        f"{zh.get(action, action)}({actor}){':' + name[1] if role else ''};{reason}",
    )


def fault(*, people: int | None, needed: int | None) -> Words:
    """Return why a known fault called overtime at once."""
    who, need = people_words(people), needed_words(needed, people)
    return (
        f"known fault, not soon repaired: emergency overtime at once, {who[0]}{need[0]}",
        f"已知系统问题短期无法处理:立即安排紧急加班{who[1]}{need[1]}",
    )


def stale(gap_seconds: float, limit_seconds: float) -> Words:
    """Return that the readings stopped."""
    return (
        f"no reading for {gap_seconds:g} s, more than {limit_seconds:g}: the run is broken, nothing climbs or releases",
        f"已{gap_seconds:g}秒无读数,超过{limit_seconds:g}秒:计时中断,不升级也不签出",
    )


def holding(rung: int, *, waiting: int) -> Words:
    """Return that the ladder stays where it is."""
    return (
        f"{waiting} waiting after rung {rung}: not above the next threshold; holding",
        f"第{rung}级后等待{waiting}人:未达下一级,保持",
    )


REFUSALS: dict[str, Words] = {
    "missing": ("the reading has no number of callers waiting: missing, not 0", "读数缺等待人数:视为缺失,不是0"),
    "negative": ("callers waiting below 0: missing, not 0", "等待人数为负:视为缺失,不是0"),
    "naive": ("the time has no zone: write it with its offset, as 2026-12-01T09:00:00+08:00", "时间无时区:请带偏移量"),
    "future": ("the reading is from the future", "读数时间在未来"),
    "conflict": ("another reading with this time or id says otherwise", "同一时间或编号的读数内容不同"),
    "late": ("older than the newest reading accepted", "早于已接受的最新读数"),
    "unknown_order": ("no such open order", "无此未结指令"),
}
