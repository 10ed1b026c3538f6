from .desk.cover import check_swap as check_swap
from .desk.cover import who_could_cover as who_could_cover
from .desk.leave_quota import leave_quota as leave_quota
from .desk.leave_requests import LeaveRequest as LeaveRequest
from .desk.leave_requests import decide_leave as decide_leave
from .desk.repair import repair_roster as repair_roster
from .law.lawfulness import broken_rules as broken_rules
from .law.people import Person as Person
from .law.people import people_from_frame as people_from_frame
from .law.roster_rules import RosterRules as RosterRules
from .law.shifts import ShiftCatalogue as ShiftCatalogue
from .law.situation import Situation as Situation
from .search.rostering import plan_roster as plan_roster

__version__: str
