"""A version in words: when it was published and by whom, or that it is a draft."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from api.store.versions import Version
from forecaster.messages import Words


def published_words(version: Version, timezone: str) -> Words:
    """Return when and by whom a version was published, on the site's clock."""
    assert version.published_at is not None
    at, by = version.published_at.astimezone(ZoneInfo(timezone)), version.published_by
    return Words(
        f"第 {version.number} 版，{at:%Y-%m-%d %H:%M} 由 {by} 发布",
        f"version {version.number}, published {at:%d %b %Y %H:%M} by {by}",
    )


def draft_words(made_at: datetime, timezone: str) -> Words:
    """Return that what is shown is a draft, and when it was made."""
    at = made_at.astimezone(ZoneInfo(timezone))
    return Words(f"草稿，制作于 {at:%Y-%m-%d %H:%M}", f"draft, made {at:%d %b %Y %H:%M}")
