"""What anybody may ask (is the server well?) and what the desk's programs ask with a staff session.

Not in here: what terminals ask, and pages for people.
"""

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from ninja.security.session import SessionAuthIsStaff

from server.api.rates import PER_ADDRESS
from server.api.schemas import HealthOut, ProblemOut, VisitOut, VisitsQuery
from server.ledger.closing import close_forgotten
from server.ledger.models import Visit
from visits.event import to_instant

router = Router(tags=["server"])


@router.get(
    "/health",
    throttle=PER_ADDRESS,
    response={200: HealthOut, frozenset({429, 500}): ProblemOut},
    summary="Is the server there, and its database?",
)
def get_health(request: HttpRequest) -> HealthOut:
    del request
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HealthOut(status="ok", server_time=to_instant(timezone.now()))


@router.get(
    "/visits",
    auth=SessionAuthIsStaff(),
    response={200: list[VisitOut], frozenset({401, 422}): ProblemOut},
    summary="The visits of one day at one facility, for staff",
)
def get_visits(request: HttpRequest, query: Query[VisitsQuery]) -> list[VisitOut]:
    del request
    close_forgotten(query.facility, timezone.now())
    visits = Visit.objects.filter(facility_id=query.facility, day=query.day).select_related("member")
    return [
        VisitOut(
            member=visit.member_id,
            member_name=visit.member.name,
            facility=visit.facility_id,
            entered_at=to_instant(visit.entered_at) if visit.entered_at else None,
            left_at=to_instant(visit.left_at) if visit.left_at else None,
            flags=visit.flags.split(),
        )
        for visit in visits.order_by("entered_at", "left_at")
    ]
