"""Supply: requirement and people in, lawful roster out.

The names here are the face: each loads what it needs when it is first used, the solver with `plan_roster`.
"""

import lazy_loader as _lazy

from forecaster import __version__ as __version__

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
