"""What roles, orders and modes are called: the one table of these words, for files, reports, pages and orders alike."""

from __future__ import annotations

from collections.abc import Mapping

from forecaster.messages import Words

_ROLES = {  # of a role: in Chinese, one of its people, and several
    "inbound": ("话务员", "inbound agent", "inbound agents"),
    "expert": ("流动专家", "mobile expert", "mobile experts"),
    "outbound": ("外呼", "outbound", "outbound"),
    "qa": ("质检", "QA", "QA"),
    "back_office": ("后台", "back-office", "back-office"),
    "supervisor": ("值班长", "shift supervisor", "shift supervisors"),
    "business_supervisor": ("现场业务督导", "on-site business supervisor", "on-site business supervisors"),
    "vip": ("VIP 座席", "VIP agent", "VIP agents"),
}
ROLES: Mapping[str, Words] = {role: Words(zh, one) for role, (zh, one, _) in _ROLES.items()}
GROUPS: Mapping[str, Words] = {role: Words(zh, several) for role, (zh, _, several) in _ROLES.items()} | {
    "lengthen": Words("延长班次", "longer shifts"),
    "standby": Words("紧急加班", "emergency overtime"),
}
ORDER_STATUS: Mapping[str, Words] = {
    "issued": Words("待确认", "not acknowledged"),
    "delivered": Words("已送达，待确认", "delivered, not acknowledged"),
    "acknowledged": Words("已确认", "acknowledged"),
    "signed_in": Words("已签入", "signed in"),
    "short": Words("人数不足", "short"),
    "released": Words("已签出", "released"),
    "declined": Words("不执行", "declined"),
    "expired": Words("已过期", "expired"),
}
MODES: Mapping[str, Words] = {
    "day": Words("日班", "day"),
    "night": Words("夜班", "night"),
    "holiday": Words("节假日", "holiday"),
}
LADDERS: Mapping[str, Words] = {
    "recommended": Words("推荐", "recommended"),
    "literal": Words("照字面", "literal"),
    "brisk": Words("快节奏", "brisk"),
    "none": Words("无阶梯", "no ladder"),
}

UNITS: Mapping[str, Words] = {  # what a rule of the roster is counted in
    "blocks": Words("段", "blocks"),
    "days": Words("天", "days"),
    "entries": Words("条", "entries"),
    "minutes": Words("分钟", "minutes"),
    "nights": Words("个夜班", "nights"),
    "people": Words("人", "people"),
    "person-hours": Words("人时", "person-hours"),
    "seat-hours": Words("席时", "seat-hours"),
    "shifts": Words("个班", "shifts"),
    "starts": Words("次", "starts"),
    "weekends": Words("个周末", "weekends"),
    "wishes": Words("项", "wishes"),
}

FIGURES: Mapping[str, Words] = {  # columns of files and frames, fields of forms, arguments of functions
    "interval_start": Words("时段开始", "start of the interval"),
    "calls": Words("来电", "calls"),
    "calls_offered": Words("呼入量", "calls offered"),
    "calls_answered": Words("接通量", "calls answered"),
    "calls_abandoned": Words("放弃量", "calls abandoned"),
    "aht_seconds": Words("处理时长", "handling time"),
    "mean_wait_seconds": Words("平均等待", "mean wait"),
    "seats": Words("台席", "seats"),
    "seats_signed_in": Words("签入台席", "seats signed in"),
    "service_level": Words("服务水平", "service level"),
    "answer_within_seconds": Words("几秒内接起", "answered within"),
    "max_occupancy": Words("占用率上限", "most occupancy"),
    "max_mean_wait_seconds": Words("平均等待上限", "longest mean wait"),
    "max_abandonment": Words("放弃率上限", "most abandonment"),
    "patience_seconds": Words("耐心时长", "patience"),
    "shrinkage": Words("损耗", "shrinkage"),
    "badge": Words("工号", "badge"),
    "role": Words("岗位", "role"),
    "skills": Words("技能", "skills"),
    "contract_hours_per_week": Words("每周合同工时", "contract hours a week"),
    "protected": Words("受保护", "protected"),
    "night_eligible": Words("可上夜班", "night eligible"),
    "leave": Words("休假", "leave"),
    "fixed_shifts": Words("固定班次", "fixed shifts"),
    "wishes": Words("意愿", "wishes"),
    "carry_in": Words("上月班次", "last month's shifts"),
    "limits": Words("限制", "limits"),
    "team": Words("班组", "team"),
    "leads": Words("带班班组", "leads"),
    "pattern": Words("轮班模式", "pattern"),
    "weekly_days_off": Words("固定休息日", "weekly days off"),
    "hours_account": Words("工时账户", "hours account"),
    "first_on": Words("首日", "first day"),
    "last_on": Words("末日", "last day"),
    "asked_at": Words("申请时间", "asked at"),
    "points": Words("积分", "points"),
    "good_days_before": Words("往年热门日", "good days before"),
    "activity": Words("活动", "activity"),
    "minutes": Words("分钟", "minutes"),
    "who": Words("人员", "who"),
    "together": Words("一起", "together"),
    "between": Words("时段", "between"),
    "leave_hours": Words("半天假", "leave by the hour"),
    "joined": Words("入职日", "joined"),
    "left": Words("离职日", "left"),
    "split_consent": Words("同意两头班", "agrees to split shifts"),
    "time_of_day": Words("时刻", "time of day"),
    "date": Words("日期", "date"),
    "shift": Words("班次", "shift"),
    "queue": Words("队列", "queue"),
    "at": Words("时间", "time"),
    "waiting": Words("等待人数", "callers waiting"),
    "mode": Words("班别", "mode"),
    "known_fault": Words("系统故障", "known fault"),
    "reason": Words("原因", "reason"),
    "rung": Words("级", "rung"),
    "until": Words("结束时间", "end"),
    "to_badge": Words("接班工号", "badge taking over"),
    "month": Words("月份", "month"),
    "months": Words("月数", "months"),
    "timezone": Words("时区", "time zone"),
    "time_limit_seconds": Words("时限", "time limit"),
    "most_changes": Words("最多另改几格", "most other changes"),
    "headcount": Words("增减人数", "people added or left out"),
    "runs": Words("模拟次数", "runs"),
    "interval_minutes": Words("间隔", "interval"),
    "holiday": Words("节假日", "holiday"),
    "observance": Words("有名称的日子", "observance"),
    "campaign": Words("营销活动", "campaign"),
    "fault": Words("系统故障", "fault"),
    "opening": Words("营业时间", "opening hours"),
    "effect": Words("给定影响", "effect"),
    "billing_days": Words("出账日", "billing days"),
    "start_at": Words("开始时间", "start"),
    "end_at": Words("结束时间", "end"),
    "closed": Words("不营业", "closed days"),
    "learn_from": Words("自何日起学习", "first day to learn from"),
    "first": Words("首日", "first day"),
    "last": Words("末日", "last day"),
    "start": Words("首日", "first day"),
    "days": Words("天数", "days"),
    "size": Words("首日增加", "size"),
    "name": Words("名称", "name"),
    "factor": Words("倍数", "factor"),
    "value": Words("数值", "value"),
}


NAMES: Mapping[str, Words] = {**ROLES, **FIGURES}


def called(code: str, names: Mapping[str, Words] = NAMES) -> Words:
    """Return a code as people are told to write it: in English as it is, in Chinese by its name."""
    return Words(names[code].zh if code in names else code, code)


def ladder_called(name: str) -> Words:
    """Return what a ladder is called: a shipped one in both languages, a site's own as its file names it."""
    return LADDERS.get(name, Words(name, name))
