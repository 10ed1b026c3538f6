"""What is to come: the day model, the hours, the bands, and how such forecasts did in the past."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
