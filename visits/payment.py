"""When a monthly membership is paid: online on the 10th, or by a payment slip sent before the month (A44-A46, A48).

Months are named by any of their days and answered by their first. Not in here: how much (fees), other ways to pay
(A42), and a charge that the bank moves to another day, which A44 allows for.
"""

from datetime import date
from enum import Enum, unique

from visits.months import first_of_month, months_later

CHARGE_DAY = 10
SLIP_DAY = 20


@unique
class PaidSoFar(Enum):
    """How somebody who applies to pay online has paid until then."""

    NOT_AT_ALL = "not_at_all"
    BY_SLIP = "by_slip"


def charged_on(month: date) -> date:
    """The day on which the month is charged online (A44)."""
    return month.replace(day=CHARGE_DAY)


def first_month_online(applied: date, so_far: PaidSoFar) -> date:
    """The next month, whichever day of this one it is (A45).

    Whoever has paid by slip and applies from the 21st has next month's slip on its way, pays that, and is charged
    online from the month after (A46, D6).
    """
    slip_is_out = so_far is PaidSoFar.BY_SLIP and applied.day > SLIP_DAY
    return first_of_month(months_later(applied, 2 if slip_is_out else 1))


def slips_sent_from(month: date) -> date:
    """The day of the month before from which the slips for a month are sent (A48)."""
    return months_later(first_of_month(month), -1).replace(day=SLIP_DAY)
