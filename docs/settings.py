"""Write the reference of the service's settings, from the settings themselves: `python docs/settings.py`."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

from api.settings import Heartbeat, OnCall, Retention, Settings, Webhook, explained

PAGE = Path(__file__).with_name("settings.md")
HEAD = """# The settings of the service

A TOML file, named by `huawu serve --settings FILE` or `HUAWU_SETTINGS`; each plain setting also as an environment
variable, which outranks the file. A key that is not here, or a value that cannot be, is refused at the start in one
line. `huawu doctor` tells what is set and whether it works. Secrets belong in a file that only the service can read.

This page is written by `python docs/settings.py`.

## Plain settings

"""
FILES = """
Besides these:

| setting | meaning |
|---|---|
| `queues` | The queues there are (L36), a list; as `HUAWU_QUEUES` separated by commas. By default `hotline`. |
| `profile` | The shipped ladder of every queue: `recommended` (the default), `literal` or `brisk`. |
| `ladder` | A ladder file of your own instead, beside this file. |
| `[ladders]` | `queue = "file.toml"`: ladders of single queues, which declares them too. |
"""
TABLES = (("[[webhook]]", Webhook), ("[[on_call]]", OnCall), ("[heartbeat]", Heartbeat), ("[retention]", Retention))
KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", tuple[str, ...]: "list"}


def page() -> str:
    """Return the reference as Markdown."""
    plain = _table(Settings, "| setting | variable | kind | default | meaning |", variables=True)
    heading = "| key | kind | default | meaning |"
    tables = [f"\n## `{name}`\n\n{told.__doc__}\n\n{_table(told, heading)}" for name, told in TABLES]
    return HEAD + plain + FILES + "".join(tables)


def _table(told: type, heading: str, *, variables: bool = False) -> str:
    known = explained(told)
    rows = [heading, "|---" * (heading.count("|") - 1) + "|"]
    for one in fields(told):
        if one.name not in known:
            continue
        kind, meaning = known[one.name]
        default = "needed" if one.default is MISSING else _written(one.default)
        variable = [f"`HUAWU_{one.name.upper()}`"] if variables else []
        cells = [f"`{one.name}`", *variable, KINDS.get(kind, "text"), default, meaning]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _written(value: object) -> str:
    if value in ("", ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
