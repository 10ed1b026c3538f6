"""What was observed, and the calendar it lies in: the time grid, the past of a queue, its oddities."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
