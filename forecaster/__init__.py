"""Demand: the time grid, the history, the forecasts, and what they mean in seats.

The names here are the face: each loads what it needs when it is first used. The rooms (`forecaster.history`,
`.forecast`, `.queueing`, `.requirement`, `.simulation`) have faces of their own with all that an analyst may need.

The same everywhere: `month` is a pandas Period of frequency M (or of days, as `forecaster.history.periods.period_from`
makes it: weeks are planned alike), `timezone` an IANA name, `calendar` a `Calendar`, `queue` its name; `requirement`
and `roster` are frames (docs/frames.md), a `situation` is what a roster is judged by (`optimizer.Situation`).
`replications` are independent runs, and the same `seed` gives the same answer; `progress` is a function that is told
how far a long call has come; `mapping` says how the file at `path` is to be read (docs/files.md). What has a unit ends
in it (`_seconds`, `_minutes`, `_erlangs`, `_hours`); shares are 0–1.
"""

import lazy_loader as _lazy

__version__ = "0.2.0"
__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
