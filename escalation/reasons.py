"""The words of a decision, in English and Chinese, one sentence per reason code."""

from __future__ import annotations

from escalation.ladder import Rung

ROLE_NAMES = {
    "expert": ("mobile experts", "流動專家組"),
    "outbound": ("outbound", "外呼"),
    "qa": ("QA", "質檢"),
    "back_office": ("back-office", "後台"),
    "inbound": ("shifts lengthened", "延長班次"),
    "standby": ("emergency overtime", "緊急加班"),
    "supervisor": ("supervisors", "督導"),
    "business_supervisor": ("business supervisors", "現場業務督導"),
}

Words = tuple[str, str]


def role_name(role: str) -> Words:
    """Return the role's name in English and Chinese (the role itself where it has none)."""
    return ROLE_NAMES.get(role, (role, role))


def people_words(people: int | None) -> Words:
    """Return how many people are meant; None is the whole group."""
    return ("the whole group", "全組") if people is None else (f"{people} people", f"{people}人")


def climbed(rung: Rung, *, waiting: int | None, people: int | None) -> Words:
    """Return why the rung was ordered by the queue."""
    role, who = role_name(rung.role), people_words(people)
    limit = "" if rung.waiting_at_most is None else f" and <= {rung.waiting_at_most}"
    limit_zh = "" if rung.waiting_at_most is None else f"且不超過{rung.waiting_at_most}人"
    held = f" for {rung.hold_seconds:g} s" if rung.hold_seconds else ""
    held_zh = f",已持續{rung.hold_seconds:g}秒" if rung.hold_seconds else ""
    return (
        f"{waiting} waiting: > {rung.waiting_above}{limit}{held}; {role[0]}, {who[0]}",
        f"等待{waiting}人:超過{rung.waiting_above}人{limit_zh}{held_zh};調入{role[1]}{who[1]}",
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
        "nobody": (f"nobody available: {role[0]}", f"無人可調:{role[1]}"),
        "engaged": (f"engaged on another queue: {role[0]}", f"正在支援其他隊列:{role[1]}"),
        "seat_limit": (f"no free physical seat for {role[0]}", f"無空餘物理台席,{role[1]}不能簽入"),
        "max_added_seats": (
            f"the most added seats are in already; {role[0]} not added",
            f"增加台席已達上限,不再加{role[1]}",
        ),
        "no_shortfall": ("seats signed in already meet the seats required", "已簽入台席已滿足所需台數"),
    }
    en, zh = words[code]
    return f"{code}: {en}{need[0]}", f"{zh}{need[1]}"


def released(role: str, *, waiting: int | None, at_most: int, hold_seconds: float) -> Words:
    """Return why a group was signed out."""
    name = role_name(role)
    held = f" for {hold_seconds:g} s" if hold_seconds else ""
    held_zh = f"已持續{hold_seconds:g}秒" if hold_seconds else ""
    return (
        f"{waiting} waiting: <= {at_most}{held}; last in, first out: {name[0]}",
        f"等待{waiting}人:不超過{at_most}人{held_zh};按簽入反序簽出{name[1]}",
    )


def night(role: str, *, people: int | None, hold_seconds: float, above: int) -> Words:
    """Return why a group is part of the night order."""
    name, who = role_name(role), people_words(people)
    return (
        f"night order, all but one supervisor: > {above} waiting for {hold_seconds:g} s; {name[0]}, {who[0]}",
        f"夜班:除一名督導外全部非話務台席加入,等待超過{above}人已持續{hold_seconds:g}秒;{name[1]}{who[1]}",
    )


def by_hand(action: str, *, actor: str, reason: str, role: str = "") -> Words:
    """Return what a supervisor did and why."""
    name = role_name(role) if role else ("", "")
    zh = {"climb": "值班長升級", "hold": "值班長保持", "release": "值班長簽出", "resume": "值班長恢復自動"}
    return (
        f"supervisor's {action} by {actor}{': ' + name[0] if role else ''}; {reason}",
        f"{zh.get(action, action)}({actor}){':' + name[1] if role else ''};{reason}",
    )


def fault(*, people: int | None, needed: int | None) -> Words:
    """Return why a known fault called overtime at once."""
    who, need = people_words(people), needed_words(needed, people)
    return (
        f"known fault, not soon repaired: emergency overtime at once, {who[0]}{need[0]}",
        f"已知系統問題短期無法處理:立即安排緊急加班{who[1]}{need[1]}",
    )


def stale(gap_seconds: float, limit_seconds: float) -> Words:
    """Return that the readings stopped."""
    return (
        f"no reading for {gap_seconds:g} s, more than {limit_seconds:g}: the run is broken, nothing climbs or releases",
        f"已{gap_seconds:g}秒無讀數,超過{limit_seconds:g}秒:計時中斷,不升級也不簽出",
    )


def holding(rung: int, *, waiting: int) -> Words:
    """Return that the ladder stays where it is."""
    return (
        f"{waiting} waiting after rung {rung}: not above the next threshold; holding",
        f"第{rung}級後等待{waiting}人:未達下一級,保持",
    )


REFUSALS: dict[str, Words] = {
    "missing": ("the reading has no number of callers waiting: missing, not 0", "讀數缺等待人數:視為缺失,不是0"),
    "negative": ("callers waiting below 0: missing, not 0", "等待人數為負:視為缺失,不是0"),
    "naive": ("the time has no zone: write it with its offset, as 2026-12-01T09:00:00+08:00", "時間無時區:請帶偏移量"),
    "future": ("the reading is from the future", "讀數時間在未來"),
    "conflict": ("another reading with this time or id says otherwise", "同一時間或編號的讀數內容不同"),
    "late": ("older than the newest reading accepted", "早於已接受的最新讀數"),
    "unknown_order": ("no such open order", "無此未結指令"),
}
