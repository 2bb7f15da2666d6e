"""What a tried tap rests on, and what the member would be told with it, as lines for staff to read.

Not in here: how they are found (trial), and why a rule decides as it does (verdicts).
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _

from server.desk.trial import HouseThen, Trial, Uses
from server.members.models import KindWords, Member, Organisation
from visits.decision import Admitted, Decision, Fee, Refused
from visits.member import Membership
from visits.occupancy import Inside, Outside, Unknown

Line = tuple[str, str]


def findings(member: Member, trial: Trial) -> tuple[tuple[str, list[Line]], ...]:
    """Under a heading each."""
    return (
        (_("The member"), list(_of_member(member, trial))),
        (_("Visits and people inside"), [(_("time of the tap"), _moment(trial.at)), *_of_visits(trial)]),
        (_("The house"), [(_("facility"), trial.facility.name), *_of_house(trial.house)]),
    )


def told(decision: Decision) -> list[str]:
    """What the screen says besides the decision itself."""
    match decision:
        case Refused():
            return []
        case Admitted():
            return list(_told(decision))


def _told(admitted: Admitted) -> Iterator[str]:
    if admitted.fee:
        yield _fee(admitted.fee)
    if admitted.forgotten:
        yield _("The last check-out was forgotten and is taken to have been at %(time)s.") % {
            "time": _moment(admitted.forgotten)
        }
    if admitted.overstayed:
        yield _("%(minutes)s minutes longer than paid for: the member is sent to reception.") % {
            "minutes": admitted.overstayed
        }
    if admitted.crowded:
        yield _("As many people are inside as the facility holds; the member is told that it is crowded.")


def _fee(fee: Fee) -> str:
    place = {"place": fee.place, "free": fee.free}
    if fee.per_hour is None:
        return _("Place %(place)s, %(free)s of them free: a drop-in fee, whose price no price list names.") % place
    return _("Place %(place)s, %(free)s of them free: a drop-in fee of %(price)s yen an hour.") % (
        place | {"price": f"{fee.per_hour:,}"}
    )


def _of_member(member: Member, trial: Trial) -> Iterator[Line]:
    yield _("standing"), member.get_standing_display()
    yield _("membership of that day"), _membership(member, trial.membership)
    yield _("linked cards"), str(trial.cards)
    if trial.replaced_cards:
        yield _("replaced cards"), str(trial.replaced_cards)
    yield from _of_uses(trial.uses)
    if paid_until := trial.situation.paid_until:
        yield _("drop-in paid until"), _moment(paid_until)


def _membership(member: Member, held: Membership | None) -> str:
    if held is None:
        kept = member.memberships.exists()
        return _("none in force that day") if kept else _("none is kept: the standing alone decides")
    words = KindWords(held.kind.value).label
    organisation = held.organisation and Organisation.objects.filter(pk=held.organisation).first()
    last = held.last.isoformat() if held.last else ""
    return " ".join([str(words), *([organisation.name] if organisation else []), f"({held.first} - {last})"])


def _of_uses(uses: Uses) -> Iterator[Line]:
    here_today = f" ({_('today counted')})" if uses.today else ""
    yield _("uses that month"), _of(uses.in_month, uses.limits.uses_in_month) + here_today
    yield _("days in a row"), _of(uses.in_a_row, uses.limits.days_in_a_row) + here_today


def _of_visits(trial: Trial) -> Iterator[Line]:
    match trial.presence:
        case Inside(since=since):
            yield _("inside since"), _moment(since)
        case Outside(since=datetime() as since, assumed=assumed):
            yield _("outside since"), _moment(since) + (f" ({_('assumed: nobody checked out')})" if assumed else "")
        case Outside() | Unknown():
            yield _("inside since"), _("not inside")
    if trial.free is not None:
        yield _("colleagues inside"), _of(trial.situation.colleagues, trial.free)
    capacity = trial.house.capacity
    yield _("people inside"), _of(trial.situation.inside, capacity.people if capacity else None)


def _of_house(house: HouseThen) -> Iterator[Line]:
    yield _("hours of that day"), _hours(house)
    if house.valid_from is not None:
        yield _("last check-in, minutes before closing"), str(house.last_check_in_minutes)
        yield _("next opening"), _moment(house.next_opening) if house.next_opening else _("none within a year")
        yield _("seconds between two taps"), str(house.seconds_between_taps)
        if house.capacity and house.capacity.hard:
            yield _("when it is full"), _("nobody more is let in")
        yield _("house rules valid from"), house.valid_from.isoformat()
    if house.prices_from is not None:
        yield _("prices valid from"), house.prices_from.isoformat()
    yield _("number of the rules"), str(house.number)


def _hours(house: HouseThen) -> str:
    if house.valid_from is None:
        return _("no opening hours are known, so that nobody is refused for the hour")
    if house.hours:
        return f"{house.hours.opens:%H:%M}-{house.hours.closes:%H:%M}"
    reason = house.closure.text if house.closure else ""
    return _("closed") + (f" ({reason})" if reason else "")


def _of(number: int, most: int | None) -> str:
    return str(number) if most is None else f"{number} / {most}"


def _moment(at: datetime) -> str:
    return formatted(timezone.localtime(at), "Y-m-d (D) H:i")
