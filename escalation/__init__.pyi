from .engine import reduce as reduce
from .floor import Floor as Floor
from .lab import Surge as Surge
from .lab import compare_over_readings as compare_over_readings
from .lab import compare_over_surge as compare_over_surge
from .ladder import Ladder as Ladder
from .ladder import ladder_from_mapping as ladder_from_mapping
from .replaying import replay as replay
from .state import initial_state as initial_state

__version__: str
