"""The surge ladder as a pure state machine: no clock, no I/O, no timers."""

import lazy_loader as _lazy

from forecaster import __version__ as __version__

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
