"""What the ladder says: why it decides as it does, what it worries about, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from escalation.measures import CALLED, MeasureLimit
from forecaster.messages import NOTHING, Words, message, refused
from forecaster.names import GROUPS

if TYPE_CHECKING:
    from escalation.ladder import Ladder, Rung

SENTENCES = {
    # who
    "people.group": Words("全组", "the whole group"),
    "people.count": Words("{people} 人", "{people} people"),
    # why a rung was ordered, or brought nobody in
    "climbed": Words("等待 {waiting} 人：超过 {above} 人{limit}{held}；{act}，{who}",
        "{waiting} waiting: over {above}{limit}{held}; {act}, {who}"),
    "climbed.instead": Words("等待 {waiting} 人，{limit}{held}；{act}，{who}",
        "{waiting} waiting, {limit}{held}; {act}, {who}"),
    "limit.above": Words("{measure} {value:g}，超过 {limit:g}", "{measure} {value:g}, over {limit:g}"),
    "limit.below": Words("{measure} {value:g}，低于 {limit:g}", "{measure} {value:g}, below {limit:g}"),
    "limit.besides": Words("，且{limit}", " and {limit}"),
    "at_most": Words("且不超过 {most} 人", " and at most {most}"),
    "held": Words("，已持续 {seconds:g} 秒", " for {seconds:g} s"),
    "held.minutes": Words("，已持续 {minutes:g} 分钟", " for {minutes:g} min"),
    "needed_beyond": Words("（需 {needed} 人，可安排 {people} 人）",
        " ({needed} needed, {people} can be seated or asked)"),
    "needed": Words("；需 {needed} 人", "; {needed} needed"),
    "nobody": Words("无人可调：{group}{need}", "nobody available: {group}{need}"),
    "engaged": Words("正在支援其他队列：{group}{need}", "engaged on another queue: {group}{need}"),
    "seat_limit": Words("没有空余台席，{group}不能签入{need}", "no free physical seat for {group}{need}"),
    "max_added_seats": Words("增加的台席已达上限，不再增加{group}{need}",
        "the most added seats are in already; {group} not added{need}"),
    "no_shortfall": Words("已签入的台席已满足所需台席{need}", "seats signed in already meet the seats required{need}"),
    "holding": Words("第 {rung} 级后等待 {waiting} 人：未达下一级，保持",
        "{waiting} waiting after rung {rung}: not above the next threshold; holding"),
    "night": Words("夜班：除一名值班长外，非话务台席全部加入；等待超过 {above} 人{held}；{act}，{who}",
        "night order, all but one supervisor: over {above} waiting{held}; {act}, {who}"),
    "fault": Words("已知系统故障短期无法修复：立即安排紧急加班，{who}{need}",
        "known fault, not soon repaired: emergency overtime at once, {who}{need}"),
    "stale": Words("已 {gap:g} 秒没有读数，超过 {most:g} 秒：计时中断，不升级也不签出",
        "no reading for {gap:g} s, more than {most:g}: the run is broken, nothing climbs or releases"),
    "released": Words("等待 {waiting} 人：不超过 {most} 人{held}；后进先出，签出{group}",
        "{waiting} waiting: at most {most}{held}; last in, first out: {group}"),
    # what people did
    "by_hand": Words("值班长{act}（{actor}）{group}；{reason}", "supervisor's {act} by {actor}{group}; {reason}"),
    "by_hand.group": Words("：{group}", ": {group}"),
    "act.climb": Words("升级", "climb"),
    "act.hold": Words("保持", "hold"),
    "act.release": Words("签出", "release"),
    "act.resume": Words("恢复自动", "resume"),
    "acknowledged": Words("{actor} 已确认", "acknowledged by {actor}"),
    "declined": Words("{actor} 不执行：{reason}", "declined by {actor}: {reason}"),
    "signed_in": Words("已签入 {people} 人（{actor}）", "{people} signed in, told by {actor}"),
    "signed_in.of": Words("已签入 {people} / {ordered} 人（{actor}）",
        "{people} of {ordered} signed in, told by {actor}"),
    "taken_back": Words("{actor} 撤销：{what}", "taken back by {actor}: {what}"),
    "taken_back.acknowledged": Words("确认", "the acknowledgement"),
    "taken_back.declined": Words("不执行", "the decline"),
    "taken_back.signed_in": Words("签入", "the sign-in"),
    "undo.nothing": Words("指令 {order} 没有可以撤销的操作", "order {order}: there is nothing to take back"),
    "undo.late": Words("指令 {order} 的操作已过 {most:g} 秒，不能再撤销",
        "order {order}: what was done more than {most:g} s ago is not taken back"),
    "undo.other": Words("指令 {order} 由 {actor} 操作，只有其本人可以撤销",
        "order {order}: {actor} did it, and nobody else takes it back"),
    "undo.moved": Words("指令 {order} 之后情况已变，不能再撤销", "order {order}: things have moved on since"),
    "repeat.issued": Words("指令 {order} 已 {age:g} 秒未确认", "order {order} not acknowledged for {age:g} s"),
    "repeat.acknowledged": Words("指令 {order} 已 {age:g} 秒未执行", "order {order} not carried out for {age:g} s"),
    "escalated.issued": Words("指令 {order} 已 {age:g} 秒未确认，转告 {to}",
        "order {order} not acknowledged for {age:g} s: now to {to}"),
    "escalated.acknowledged": Words("指令 {order} 已 {age:g} 秒未执行，转告 {to}",
        "order {order} not carried out for {age:g} s: now to {to}"),
    "silence.begun": Words("{actor} 暂停通知至 {until}：{reason}；阶梯照常运行",
        "messages held back by {actor} until {until}: {reason}; the ladder goes on"),
    "silence.ended": Words("{actor} 恢复通知", "messages sent again, told by {actor}"),
    "silence.bare": Words("暂停通知需要工号与原因", "a silence needs the badge of who does it (actor) and a reason"),
    "silence.until": Words("暂停通知需要一个之后的结束时间，带时区偏移，现为 {until}",
        "until = {until} must be a later time with its offset: a silence needs its end"),
    "ladder": Words("阶梯“{name}”（{version}）从下一个读数起生效",
        "ladder {name} {version} counts from the next reading"),
    "mode.holiday": Words("节假日开始", "a holiday begins"),
    "mode.no_holiday": Words("节假日结束", "the holiday ends"),
    "mode": Words("{mode}开始", "{mode} begins"),
    "fault.flagged": Words("已标记系统故障{told}", "known fault flagged{told}"),
    "fault.cleared": Words("系统故障已解除", "known fault cleared"),
    # what to worry about
    "concern.standby": Words("备班 {standby} 人，少于 {least} 人", "{standby} on standby, fewer than {least}"),
    "concern.outside_band": Words("每小时 {load:,.0f} 通，预测 {lower:,.0f} 至 {upper:,.0f} 通：超出预测范围，按应急预"
        "案调整",
        "{load:,.0f} calls an hour, forecast {lower:,.0f} to {upper:,.0f}: the emergency plan applies"),
    "concern.exhausted": Words("各级措施均已启用", "every rung has been tried"),
    "concern.fault": Words("系统故障：{reason}", "known fault: {reason}"),
    "concern.held": Words("{actor} 保持第 {rung} 级至 {until}", "held at rung {rung} by {actor} until {until}"),
    "concern.unheard": Words("话务系统未上报{measures}，阶梯的条件按其余判断",
        "the switch does not tell {measures}, which the ladder asks for: judged without"),
    "concern.unheeded": Words("指令 {order} 无人执行，已转告 {to}", "nobody heeds order {order}: it went to {to}"),
    "concern.silence": Words("{actor} 暂停通知至 {until}：{reason}",
        "messages held back by {actor} until {until}: {reason}"),
    "concern.stale": Words("读数已 {age:.0f} 秒未更新：显示的是旧数据，阶梯暂停",
        "no reading for {age:.0f} s: what is shown is old, and the ladder stands still"),
    "concern.ahead": Words("最新读数比服务器时钟快 {age:.0f} 秒：两者之一的时钟有误，追上之前新读数会被拒绝，阶梯暂停",
        "the newest reading is {age:.0f} s ahead of this clock: one of the two is wrong, new ones are refused until"
        " it has caught up, and the ladder stands still"),
    "concern.no_reading": Words("尚无读数", "no reading yet"),
    # readings and acts that do not count
    "reading.missing": Words("读数没有等待人数：视为缺失，不是 0{shown}",
        "the reading has no number of callers waiting: missing, not 0{shown}"),
    "reading.negative": Words("等待人数为负：视为缺失，不是 0{shown}",
        "callers waiting below 0: missing, not 0{shown}"),
    "reading.naive": Words("时间没有时区：请写成 2026-12-01T09:00:00+08:00 这样{shown}",
        "the time has no zone: write it with its offset, as 2026-12-01T09:00:00+08:00{shown}"),
    "reading.future": Words("读数的时间在未来{shown}", "the reading is from the future{shown}"),
    "reading.conflict": Words("同一时间或编号的读数内容不同{shown}",
        "another reading with this time or id says otherwise{shown}"),
    "reading.late": Words("早于已接受的最新读数{shown}", "older than the newest reading accepted{shown}"),
    "reading.waiting": Words("（等待 {waiting} 人）", " (waiting = {waiting})"),
    "order.unknown": Words("没有这个未结指令：{order}", "no such open order: {order}"),
    "event.unknown": Words("未知的事件 {event}；可用：{known}", "unknown event {event}; known are {known}"),
    "mode.unknown": Words("班别“{mode}”不是日班、夜班、节假日之一", "mode = {mode!r} is none of day, night, holiday"),
    "override.bare": Words("值班长操作需要工号与原因",
        "an override needs the badge of who does it (actor) and a reason"),
    "override.action": Words("操作“{action}”不是升级、保持、签出、恢复之一",
        "action = {action!r} is none of climb, hold, release, resume"),
    "override.rung": Words("{act}不能到第 {rung} 级：须在 {lowest} 到 {top} 级之间",
        "rung = {rung} must be {lowest} to {top} to {act}"),
    "override.until": Words("保持需要一个之后的结束时间，带时区偏移，现为 {until}",
        "until = {until} must be a later time with its offset: a hold needs its end"),
    "override.order": Words("指令 {order} 不是队列 {queue} 的未结指令",
        "order_id = {order!r} is not an open order of queue {queue}"),
    "override.nothing": Words("没有可签出的：队列 {queue} 在那一级没有未结指令",
        "nothing to release: queue {queue} has no open order there"),
    # the ladder's file
    "ladder.rung": Words("{source}：第 {rung} 级", "{source}: rung {rung}"),
    "ladder.no_table": Words("{where}：阶梯须是一组键，现为 {kind}",
        "{where}: a ladder is a table of keys, got {kind}"),
    "ladder.no_rungs": Words("{where}：没有任何一级；请从第 1 级起每级写一个 [[rung]]",
        "{where}: missing the rungs; write one [[rung]] table for each, from 1 up"),
    "ladder.many_rungs": Words("{where}：有 {count} 级，最多 {most} 级", "{where}: has {count} rungs, {most} at most"),
    "ladder.rung_no_table": Words("{where}：不是 [[rung]] 表", "{where}: is not a [[rung]] table"),
    "ladder.missing": Words("{where}：缺少 {key}", "{where}: missing key {key}"),
    "ladder.none_of": Words("{where}：{key} = “{value}” 不是其中之一：{known}{meant}",
        "{where}: {key} = {value!r} is none of {known}{meant}"),
    "ladder.nearest": Words("；是否指“{name}”？", "; did you mean {name!r}?"),
    "ladder.limit": Words("{source}的 {key}", "{source}: {key}"),
    "ladder.limit_no_table": Words("{where}：{key} 须写成 [[rung.{key}]] 表",
        "{where}: {key} wants [[rung.{key}]] tables"),
    "ladder.one_limit": Words("{where}：{measure} 须有 above 或 below，且只有其一",
        "{where}: {measure} needs either above or below, not both"),
    "ladder.unknown_key": Words("{where}：未知的键“{key}”；可用：{known}",
        "{where}: unknown key {key!r}; known are {known}"),
    "ladder.must_be": Words("{where}：{key} = {value!r} 须为{wanted}", "{where}: {key} = {value!r} must be {wanted}"),
    "wanted.word": Words("文字", "a word"),
    "wanted.flag": Words(" true 或 false", "true or false"),
    "wanted.share": Words("大于 0 小于 1 的比例", "a share above 0 and below 1"),
    "wanted.share_limit": Words(" 0 到 1 的比例", "a share from 0 to 1"),
    "wanted.number": Words("不小于 0、不超过一百万的数", "a number from 0 to a million"),
    "wanted.threshold": Words(" 0 到 1000 的整数", "a whole number from 0 to 1000"),
    "wanted.count": Words("不小于 0 的整数", "a whole number >= 0"),
    "wanted.seconds": Words("不小于 0、不到一百万的秒数", "seconds >= 0 and below a million"),
    "ladder.rung_missing": Words("{where}：缺少第 {rung} 级（现有 {found}）；请写齐 1 到 {top} 级",
        "{where}: rung {rung} is missing (found {found}); give every rung from 1 to {top}"),
    "ladder.order": Words("{where}：各级须依次编号 1 到 {count}，每级一次，现为 {found}",
        "{where}: rungs must be numbered 1 to {count} in order, once each, got {found}"),
    "ladder.falls": Words("{where}：门槛下降：第 {rung} 级的 waiting_above = {above} 低于第 {below} 级的 {least}",
        "{where}: thresholds fall: rung {rung} waiting_above = {above} is below rung {below}'s {least}"),
    "ladder.no_room": Words("{where}：第 {rung} 级：waiting_at_most = {most} 与 waiting_above = {above} 之间没有余地",
        "{where}: rung {rung}: waiting_at_most = {most} leaves nothing above waiting_above = {above}"),
    "ladder.release": Words("{where}：release_at_most = {most} 高于第一道门槛 {lowest}：同一队列会又升又退",
        "{where}: release_at_most = {most} is above the first threshold {lowest}: the same queue would climb and "
        "release"),
    "ladder.people": Words("{where}：people_min = {least} 大于 people_max = {most}",
        "{where}: people_min = {least} is above people_max = {most}"),
    "ladder.gap": Words("{where}：max_gap_seconds = {gap} 须大于 0",
        "{where}: max_gap_seconds = {gap} must be above 0"),
    "source.ladder": Words("阶梯", "ladder"),
    # a file of readings, or of calls
    "cell": Words("读数第 {row} 行“{column}”列：“{value}”", "readings: row {row}, column {column}: {value!r}"),
    "readings.empty": Words("读数文件没有行也没有列；需要 at（时间）与 waiting（等待人数）两列",
        "readings: no rows and no columns; columns at and waiting are needed"),
    "readings.column": Words("读数缺少“{column}”列；现有：{found}", "readings: missing column {column}; found {found}"),
    "cell.no_time": Words("{cell} 没有时间；请写成 2026-12-01T09:00:00+08:00 这样",
        "{cell} has no time; write ISO 8601 with offset"),
    "cell.time": Words("{cell} 不是时间；请写 2026-12-01T09:00:00+08:00",
        "{cell} is not a time; write 2026-12-01T09:00:00+08:00"),
    "cell.zone": Words("{cell} 没有时区；请带上偏移，如 …T09:00:00+08:00",
        "{cell} has no time zone; write it with its offset, as …T09:00:00+08:00"),
    "cell.number": Words("{cell} 不是数字", "{cell} is not a number"),
    "cell.whole": Words("{cell} 须为整数", "{cell} must be a whole number"),
    "cell.count": Words("{cell} 须为不小于 0 的整数", "{cell} must be a whole number >= 0"),
    "cell.amount": Words("{cell} 须为不小于 0 的数", "{cell} must be a number >= 0"),
    "cell.none_of": Words("{cell} 不是其中之一：{known}", "{cell} is none of {known}"),
    "cell.flag": Words("{cell} 既不是 true 也不是 false", "{cell} is neither true nor false"),
    "calls.zone": Words("entered_at 与 left_at 需要时区", "entered_at and left_at need a time zone"),
    "calls.backwards": Words("第 {row} 行：来电在 {left} 离开，早于进入的 {entered}",
        "row {row}: the call left at {left} before it entered at {entered}"),
}  # fmt: skip
say = partial(message, SENTENCES)
refusal = partial(refused, SENTENCES)


@lru_cache(maxsize=256)
def group(role: str) -> Words:
    """Return whom an order to `role` brings in; a role without a name stands for itself."""
    return GROUPS.get("lengthen" if role == "inbound" else role, Words(role, role))


@lru_cache(maxsize=256)
def comes(role: str) -> Words:
    """Return what an order to `role` does."""
    name = group(role)
    return name if role in ("inbound", "standby") else Words(f"调入{name.zh}", name.en)


def climbed(rung: Rung, *, waiting: int, people: int | None, measures: Mapping[str, float]) -> Words:
    """Return why the rung was ordered by the queue, or by what else is measured."""
    condition, most = rung.condition, rung.waiting_at_most
    besides = [
        say("limit.besides", limit=limit_words(one, measures)) for one in condition.also if one.is_passed(measures)
    ]
    told = {"waiting": waiting, "act": comes(rung.role), "who": who(people)}
    if condition.holds_at(waiting):
        limit = joined([NOTHING if most is None else say("at_most", most=most), *besides])
        return say("climbed", above=rung.waiting_above, limit=limit, held=held(rung.hold_seconds), **told)
    enough = next((one for one in condition.instead if one.is_passed(measures)), None)
    limit = joined([NOTHING if enough is None else limit_words(enough, measures), *besides])
    return say("climbed.instead", limit=limit, held=held(rung.hold_seconds), **told)


def limit_words(limit: MeasureLimit, measures: Mapping[str, float]) -> Words:
    """Return that a measure lies beyond its limit."""
    side = "above" if limit.above is not None else "below"
    told = {"measure": CALLED[limit.measure], "value": round(measures[limit.measure], 3), "limit": getattr(limit, side)}
    return say("limit.above", **told) if side == "above" else say("limit.below", **told)


def joined(parts: Sequence[Words]) -> Words:
    """Return words put one after the other."""
    return Words("".join(one.zh for one in parts), "".join(one.en for one in parts))


def passed_words(role: str, code: str, *, needed: int | None) -> Words:
    """Return why a rung brought nobody in."""
    need = say("needed", needed=needed) if needed and needed > 0 else NOTHING
    return say(code, group=group(role), need=need)


def night_words(ladder: Ladder, role: str, people: int | None) -> Words:
    """Return why a group is part of the night order."""
    lasted = held(ladder.night_hold_seconds)
    return say("night", above=ladder.night_above, held=lasted, act=comes(role), who=who(people))


@lru_cache(maxsize=256)
def who(people: int | None) -> Words:
    """Return how many people are meant; None is the whole group."""
    return say("people.group") if people is None else say("people.count", people=people)


@lru_cache(maxsize=256)
def held(seconds: float) -> Words:
    """Return how long something lasted, nothing where that is not asked."""
    if not seconds:
        return NOTHING
    return say("held", seconds=seconds) if seconds % 60 else say("held.minutes", minutes=seconds / 60)


def beyond(needed: int | None, people: int | None) -> Words:
    """Return the remark that more are needed than can come, or nothing."""
    if needed is None or people is None or needed <= people:
        return NOTHING
    return say("needed_beyond", needed=needed, people=people)


def by_hand(act: str, *, actor: str, reason: str, role: str = "") -> Words:
    """Return what a supervisor did and why."""
    of = say("by_hand.group", group=group(role)) if role else NOTHING
    return say("by_hand", act=say(f"act.{act}"), actor=actor, reason=reason, group=of)
