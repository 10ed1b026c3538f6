"""Demand: the time grid, the history, the forecasts, and what they mean in seats.

The names here are the face: each loads what it needs when it is first used. The rooms (`forecaster.history`,
`.forecast`, `.queueing`, `.requirement`, `.simulation`) have faces of their own with all that an analyst may need.
"""

import lazy_loader as _lazy

__version__ = "0.2.0"
__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
