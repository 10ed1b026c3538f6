"""What the parts of a plan, the keys and what they may do are called."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forecaster.messages import Words

# A letter, digit or underscore first: a name such as `..` is none that a web address can hold.
QUEUE_NAME = re.compile(r"^[0-9A-Za-z_一-鿿][0-9A-Za-z_一-鿿.\-]{0,63}$")

FILE_WORDS: Mapping[str, Words] = {  # parts of a plan, where a person gave or made them
    "history": Words("历史话务量", "history"),
    "people": Words("人员表", "people"),
    "shifts": Words("班次", "shifts"),
    "calendar": Words("本地日子", "own days"),
    "last_roster": Words("上月班表", "last month's roster"),
    "forecast.csv": Words("预测", "forecast"),
    "forecast_made.csv": Words("预测", "forecast"),
    "requirement.csv": Words("台席", "requirement"),
    "roster.csv": Words("班表", "roster"),
    "backtest.csv": Words("回测", "backtest"),
}
KEY_ROLE_WORDS: Mapping[str, Words] = {
    "wallboard": Words("看板", "wallboard"),
    "supervisor": Words("值班长", "supervisor"),
    "planner": Words("排班", "planner"),
    "writer": Words("写入", "writer"),
    "admin": Words("管理员", "admin"),
}
PERMISSIONS: Mapping[str, Words] = {
    "read": Words("查看", "read"),
    "act": Words("操作", "act"),
    "plan": Words("排班", "plan"),
    "export": Words("导出", "export"),
    "write": Words("写入", "write"),
    "admin": Words("管理", "admin"),
}
