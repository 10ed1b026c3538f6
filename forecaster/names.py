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
ROLE_WORDS: Mapping[str, Words] = {role: Words(zh, one) for role, (zh, one, _) in _ROLES.items()}
GROUP_WORDS: Mapping[str, Words] = {role: Words(zh, several) for role, (zh, _, several) in _ROLES.items()} | {
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
MODE_WORDS: Mapping[str, Words] = {
    "day": Words("日班", "day"),
    "night": Words("夜班", "night"),
    "holiday": Words("节假日", "holiday"),
}
CHINESE_WEEKDAYS = "一二三四五六日"  # from Monday on, behind 周 or 星期
CHINESE_HOLIDAYS: Mapping[str, str] = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-Sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-Autumn Festival": "中秋节",
    "National Day": "国庆节",
}
LADDERS: Mapping[str, Words] = {
    "recommended": Words("推荐", "recommended"),
    "literal": Words("照字面", "literal"),
    "brisk": Words("快节奏", "brisk"),
    "none": Words("无阶梯", "no ladder"),
}

YES, NO = Words("是", "yes"), Words("否", "no")
DECISION_WORDS: Mapping[str, Words] = {  # what the ladder decided
    "order": Words("下令", "order"),
    "release": Words("签出", "release"),
    "skipped": Words("跳过", "skipped"),
    "blocked": Words("受阻", "blocked"),
    "holding": Words("保持", "holding"),
    "stale": Words("中断", "stale"),
    "late": Words("迟到", "late"),
    "refused": Words("拒收", "refused"),
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
PHASES: Mapping[str, Words] = {  # how far long work is
    "forecast": Words("预测中", "forecasting"),
    "backtest": Words("回测", "scoring"),
    "seats": Words("计算台席", "seats"),
    "compiling": Words("首次使用，正在编译（约半分钟）", "compiling, the first time only"),
    "starting": Words("起步", "starting"),
    "first roster": Words("初始班表", "first roster"),
    "bound": Words("估算缺口下限", "bound"),
    "annealing": Words("逐格改进", "improving"),
    "whole months": Words("整月重排", "whole months"),
    "finishing": Words("收尾", "finishing"),
    "optimal": Words("已是最优", "best there is"),
    "repairing": Words("修补中", "repairing"),
    "conflicts": Words("找冲突", "looking for conflicts"),
    "prices": Words("逐条放宽试算", "trying each rule"),
    "leave": Words("计算名额", "counting places"),
    "comparing": Words("比较中", "comparing"),
    "designing": Words("设计班次", "designing shifts"),
    "rehearse": Words("预演中", "rehearsing"),
    "lab": Words("模拟中", "simulating"),
}

FIGURE_WORDS: Mapping[str, Words] = {  # columns of files and frames, fields of forms, arguments of functions
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

COLUMN_WORDS: Mapping[str, Words] = {  # of what a command shows, besides
    "file": Words("文件", "file"),
    "row": Words("行", "row"),
    "column": Words("列", "column"),
    "wrong": Words("问题与办法", "what is wrong, and the way out"),
    "rule": Words("规则", "rule"),
    "by": Words("超出", "by"),
    "message": Words("说明", "message"),
    "lawful": Words("合规", "lawful"),
    "hours_left": Words("剩余工时", "hours left"),
    "why_not": Words("不行的原因", "why not"),
    "how": Words("方式", "how"),
    "standby": Words("备班", "standby"),
    "most_minutes": Words("最多分钟", "most minutes"),
    "limit": Words("到此为止的原因", "limit"),
    "change": Words("放宽", "change"),
    "gain": Words("换来", "gain"),
    "hours less short": Words("少缺席时", "hours less short"),
    "scenario": Words("方案", "scenario"),
    "people": Words("人数", "people"),
    "contract_hours": Words("每周合同工时", "contract hours"),
    "demand_hours": Words("所需席时", "demand hours"),
    "bound": Words("下限", "bound"),
    "shortage_hours": Words("缺口席时", "shortage hours"),
    "surplus_hours": Words("富余席时", "surplus hours"),
    "start_times": Words("上班时间数", "start times"),
    "starts": Words("上班时间", "starts"),
    "kind": Words("动作", "kind"),
    "centre": Words("中心", "centre"),
    "queues": Words("队列数", "queues"),
    "failed": Words("失败", "failed"),
    "hours_short": Words("缺口席时", "hours short"),
    "expected": Words("预期按时应答", "expected"),
    "key": Words("密钥", "key"),
    "label": Words("名称", "label"),
    "made": Words("创建于", "made"),
    "use": Words("用途", "use"),
    "value": Words("数值", "value"),
    "amount": Words("超出", "amount"),
    "cost": Words("代价", "cost"),
    "state": Words("状态", "state"),
    "table": Words("数据表", "table"),
    "rows": Words("行数", "rows"),
    "figure": Words("项目", "figure"),
    "day": Words("日期", "day"),
    "before": Words("原班次", "before"),
    "after": Words("现班次", "after"),
    "stay_on": Words("下班后留下", "stay_on"),
    "come_early": Words("提前上班", "come_early"),
    "called_in": Words("叫来", "called_in"),
}


NAMES: Mapping[str, Words] = {**ROLE_WORDS, **FIGURE_WORDS}


def called(code: str, names: Mapping[str, Words] = NAMES) -> Words:
    """Return a code as people are told to write it: in English as it is, in Chinese by its name."""
    return Words(names[code].zh if code in names else code, code)


def capital(text: str) -> str:
    """Return a heading with its first letter large, where it has one."""
    return text[:1].upper() + text[1:]


def ladder_called(name: str) -> Words:
    """Return what a ladder is called: a shipped one in both languages, a site's own as its file names it."""
    return LADDERS.get(name, Words(name, name))
