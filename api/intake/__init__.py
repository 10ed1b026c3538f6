"""What the outside writes, read in: histories, people, readings, and the frames the product itself writes."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
