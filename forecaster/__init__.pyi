from .forecast.accuracy import bias as bias
from .forecast.accuracy import wape as wape
from .forecast.backtesting import backtest as backtest
from .forecast.interval_forecast import day_bands as day_bands
from .forecast.interval_forecast import forecast_calls as forecast_calls
from .forecast.interval_forecast import forecast_month as forecast_month
from .history.calendar import Calendar as Calendar
from .history.calendar import country_calendar as country_calendar
from .history.intervals import month_intervals as month_intervals
from .history.observed import History as History
from .queueing.erlang import mean_wait_seconds as mean_wait_seconds
from .queueing.erlang import service_level as service_level
from .queueing.service_target import ServiceTarget as ServiceTarget
from .requirement.seats import calls_bearable as calls_bearable
from .requirement.seats import people_to_roster as people_to_roster
from .requirement.seats import seats_required as seats_required
from .simulation.simulator import simulate as simulate

__version__: str
