"""The planner's long work, by the name of its job."""

from __future__ import annotations

from api.jobs_worker import Work

WORKS: dict[str, Work] = {}
