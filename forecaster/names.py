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


def named(code: str, names: Mapping[str, Words] = ROLES) -> Words:
    """Return a code as people are told to write it: in English as it is, in Chinese by its name."""
    return Words(names[code].zh if code in names else code, code)
