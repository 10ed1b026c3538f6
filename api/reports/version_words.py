"""A version in words: when it was published and by whom, or that it is a draft."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from api.sentences import say
from api.store.versions import Version
from forecaster.messages import Words


def published_words(version: Version, timezone: str) -> Words:
    """Return when and by whom a version was published, on the site's clock."""
    assert version.published_at is not None
    at, by = version.published_at.astimezone(ZoneInfo(timezone)), version.published_by
    return say("version.published", number=version.number, at=at, by=by)


def draft_words(made_at: datetime, timezone: str) -> Words:
    """Return that what is shown is a draft, and when it was made."""
    at = made_at.astimezone(ZoneInfo(timezone))
    return say("version.draft", at=at)
