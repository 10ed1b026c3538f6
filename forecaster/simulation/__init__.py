"""Days played call by call: one queue or many, with patience, retrials, breaks and the ladder."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
