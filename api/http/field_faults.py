"""What is wrong with a field of a request, in Chinese; the English is the validator's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecaster.messages import told_of
from forecaster.names import called

FAULT_WORDS: Mapping[str, str] = {  # by the validator's name for it
    "missing": "没有填写",
    "extra_forbidden": "多余的字段",
    "string_too_long": "太长，最多 {max_length} 个字",
    "string_too_short": "太短，至少 {min_length} 个字",
    "string_pattern_mismatch": "写法不对",
    "string_type": "须为文字",
    "int_parsing": "须为整数",
    "int_type": "须为整数",
    "int_from_float": "须为整数",
    "float_parsing": "须为数字",
    "float_type": "须为数字",
    "bool_parsing": "须为是或否",
    "bool_type": "须为是或否",
    "finite_number": "须为有限的数",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须不小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "须不大于 {le}",
    "literal_error": "须为 {expected} 之一",
    "list_type": "须为列表",
    "too_long": "太多，最多 {max_length} 项",
    "too_short": "太少，至少 {min_length} 项",
    "json_invalid": "不是有效的 JSON",
    "date_from_datetime_parsing": "不是日期",
    "date_parsing": "不是日期",
    "date_type": "不是日期",
    "dict_type": "须为一组键",
    "model_attributes_type": "须为一组键",
    "datetime_parsing": "不是时间",
    "datetime_from_date_parsing": "不是时间",
}


def field_in_chinese(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a field of a request, as its validator told it."""
    where = ".".join(called(str(part)).zh for part in error.get("loc", ()) if part != "body")
    context = error.get("ctx") or {}
    if isinstance(own := context.get("error"), Exception):  # a rule of the house
        said = told_of(own).zh
    else:
        said = FAULT_WORDS.get(str(error.get("type")), "不合要求").format_map(_Blank(context))
    return f"{where}：{said}" if where else said


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""
