"""How much parking the house pays for, and why not more: vouchers by the time used, or a discount by the occasion.

Two houses, two schemes. Vouchers (A49-A54): the car park is free for a while, and for those who use the house longer the
reception hands out the excess. Discounts (C31): so much for a purchase or an event, in the car parks the house has agreed
with. Their figures are configuration, with those of the sources as defaults. Not in here: the tickets themselves and who
hands them out (A13).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, unique

_MINUTE = timedelta(minutes=1)


@unique
class Purpose(Enum):
    """What somebody who parked came for; the values are stored.

    Organisers are also their staff and speakers (A51). Who came for several things is judged by the one that is eligible,
    with the time used for it.
    """

    COWORKING = "coworking"
    MEETING_SPACE = "meeting_space"
    SEMINAR_ORGANISER = "seminar_organiser"
    SEMINAR_PARTICIPANT = "seminar_participant"
    COORDINATOR = "coordinator"
    TOUR = "tour"
    ELSEWHERE = "elsewhere"


@unique
class Reason(Enum):
    """Why a voucher is for what it is; the values are stored."""

    EXCESS = "excess"
    PARKED_WITHIN_FREE = "parked_within_free"
    USED_WITHIN_FREE = "used_within_free"
    NOT_REGISTERED = "not_registered"
    COORDINATOR = "coordinator"
    TOUR = "tour"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class VoucherTerms:
    """`free_minutes` of parking cost nobody anything (A49).

    `allowance_minutes` is how much longer than the house was used a car may have been parked, for the way to it: what
    the source means by "far beyond" (A50) it does not say.
    """

    free_minutes: int = 120
    allowance_minutes: int = 30

    def __post_init__(self) -> None:
        if min(self.free_minutes, self.allowance_minutes) < 0:
            raise ValueError("minutes are no less than none")


@dataclass(frozen=True, slots=True)
class Parked:
    """`used` is the time in the house, for a seminar's participant the seminar's own (A51); `parked` the car's.

    `registered` is whether a member of any kind, drop-in included, is asking (A53); it decides for meeting spaces only.
    """

    purpose: Purpose
    used: timedelta
    parked: timedelta
    registered: bool

    def __post_init__(self) -> None:
        if min(self.used, self.parked) < timedelta():
            raise ValueError("time does not run backwards")


@dataclass(frozen=True, slots=True)
class Voucher:
    """`minutes` to hand out, 0 for none; `charged_minutes` are left to the driver, beyond them and the free ones."""

    minutes: int
    charged_minutes: int
    reason: Reason


@unique
class Occasion(Enum):
    """What a discount is asked for; the values are stored (C31).

    Participants took part: dropping by or looking at the exhibits is VISIT. Upstairs, events count where the manager or
    the city holds them, the city's alone or with others.
    """

    SHOWROOM_PURCHASE = "showroom_purchase"
    SHOWROOM_EVENT = "showroom_event"
    SHOWROOM_ORGANISER = "showroom_organiser"
    UPSTAIRS_PUBLIC_EVENT = "upstairs_public_event"
    UPSTAIRS_PRIVATE_EVENT = "upstairs_private_event"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class DiscountTerms:
    """`purchase_from` in yen."""

    purchase_from: int = 2_000
    purchase_hours: int = 1
    event_hours: int = 2


@unique
class AllDay(Enum):
    """The whole day; in アミコラインパーク on certain floors only (C31)."""

    ALL_DAY = "all_day"


Discount = int | AllDay
"""Hours, 0 for none."""


def voucher(terms: VoucherTerms, asked: Parked) -> Voucher:
    """What reception hands out on leaving, in whole minutes parked and used.

    The house must have been used for longer than parking is free. The voucher then covers the car up to the time used
    and the allowance; what was parked longer is charged.
    """
    parked, used = asked.parked // _MINUTE, asked.used // _MINUTE
    beyond_free = max(0, parked - terms.free_minutes)
    if refusal := _not_eligible(asked):
        return Voucher(0, beyond_free, refusal)
    if beyond_free == 0:
        return Voucher(0, 0, Reason.PARKED_WITHIN_FREE)
    if used <= terms.free_minutes:
        return Voucher(0, beyond_free, Reason.USED_WITHIN_FREE)
    minutes = min(beyond_free, used + terms.allowance_minutes - terms.free_minutes)
    return Voucher(minutes, beyond_free - minutes, Reason.EXCESS)


def discount(terms: DiscountTerms, occasion: Occasion, *, purchased: int = 0) -> Discount:
    """`purchased` is what was bought in the showroom at once, in yen, tax included."""
    match occasion:
        case Occasion.SHOWROOM_PURCHASE:
            return terms.purchase_hours if purchased >= terms.purchase_from else 0
        case Occasion.SHOWROOM_EVENT | Occasion.UPSTAIRS_PUBLIC_EVENT:
            return terms.event_hours
        case Occasion.SHOWROOM_ORGANISER:
            return AllDay.ALL_DAY
        case Occasion.UPSTAIRS_PRIVATE_EVENT | Occasion.VISIT:
            return 0


def longest(discounts: Iterable[Discount]) -> Discount:
    """One discount for one car: they are not added up. What the manager and the mayor approve (C31) is one of them."""
    hours = 0
    for each in discounts:
        if isinstance(each, AllDay):
            return each
        hours = max(hours, each)
    return hours


def _not_eligible(asked: Parked) -> Reason | None:
    match asked.purpose:
        case Purpose.COWORKING | Purpose.SEMINAR_ORGANISER | Purpose.SEMINAR_PARTICIPANT:
            return None
        case Purpose.MEETING_SPACE:
            return None if asked.registered else Reason.NOT_REGISTERED
        case Purpose.COORDINATOR:
            return Reason.COORDINATOR
        case Purpose.TOUR:
            return Reason.TOUR
        case Purpose.ELSEWHERE:
            return Reason.ELSEWHERE
