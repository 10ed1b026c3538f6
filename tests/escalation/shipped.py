"""The ladders as they are shipped."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from escalation.ladder import Ladder, ladder_from_mapping

CONFIG = Path(__file__).resolve().parents[2] / "data" / "config"
PROFILES = ("recommended", "literal")


def shipped_mapping(name: str) -> dict[str, Any]:
    """Return what the file of a shipped ladder says."""
    return tomllib.loads((CONFIG / f"ladder-{name}.toml").read_text(encoding="utf-8"))


def shipped_ladder(name: str) -> Ladder:
    """Return a shipped ladder."""
    return ladder_from_mapping(shipped_mapping(name))
