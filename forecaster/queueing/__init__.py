"""Queueing formulas: Erlang B, C and A, exact and fast, and the service target they are held against."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
