from .calendars.files import load_calendar as load_calendar
from .client import Client as Client
from .client import ServiceError as ServiceError
from .inputs import read_calendar as read_calendar
from .inputs import read_demand as read_demand
from .inputs import read_supply as read_supply
from .intake import read_history as read_history
from .intake import read_readings as read_readings
from .plan import Plan as Plan
from .plan import read_plan as read_plan
from .plan import write_plan as write_plan
from .planning import plan_month as plan_month
from .rehearsing import Rehearsal as Rehearsal
from .rehearsing import rehearse as rehearse
from .reports.backtest_page import months_chart as months_chart
from .reports.charts import forecast_chart as forecast_chart
from .reports.charts import seats_chart as seats_chart
from .reports.inspection import days_chart as days_chart
from .reports.inspection import week_chart as week_chart
from .reports.lab_page import lab_chart as lab_chart
from .reports.rehearsal_page import rehearsal_chart as rehearsal_chart
from .serving import local_service as local_service
from .settings import read_ladder as read_ladder
from .settings import shipped_ladder as shipped_ladder
from .site import read_site as read_site

__version__: str
