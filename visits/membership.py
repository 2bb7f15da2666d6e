"""The dates a monthly membership turns on: notice, change of kind, first month, terms, and linking at the desk.

All dates are days of the house, both ends inclusive: a membership still holds on its last day.
Not in here: what a month costs and its proration (monthly), how often a space is renewed (tariff), notice for rented
spaces (application), today's standing (member).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, unique

from visits.months import first_of_month, last_of_month, months_later, period_ends

NOTICE_DAY = 20
"""The day of the month by which notice counts for this month (A36) and a change of kind for the next (A37)."""

LAST_DAY_WITHOUT_CARD = date(2024, 4, 6)
"""Corporations registered until then may have members linked without a card (A20). "From April 2024" (A31) is later."""

TERM_MONTHS = 12


@unique
class DeskLink(Enum):
    """What the desk may do for somebody who works for a corporation and has no contract code (A31-A33)."""

    WITHOUT_CARD = "without_card"
    """Proof of affiliation is enough (A20)."""
    CARD_NEEDED = "card_needed"
    """Proof of affiliation and identity, and a My Number Card (A31)."""
    REFUSED = "refused"
    """The corporation wants nobody linked at the desk (A32)."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of monthly use; `renewals` is how many went before it, 0 for the first."""

    first: date
    last: date
    renewals: int


def ends_after_notice(notice: date) -> date:
    """The last day of a membership cancelled on `notice`: this month's end, from the 21st on the next month's (A36)."""
    return last_of_month(months_later(notice, 0 if notice.day <= NOTICE_DAY else 1))


def switch_applies_from(completed: date) -> date:
    """The first day as an individual instead of a corporate member, or the other way round (A37).

    Completed by the 20th: the first of the next month. What is completed later the source leaves open: a month later.
    """
    return first_of_month(months_later(completed, 1 if completed.day <= NOTICE_DAY else 2))


def first_month_ends(first: date) -> date:
    """Monthly use that begins on `first` is paid to the end of that month (C15)."""
    return last_of_month(first)


def paid_by(use: date) -> date:
    """The last day to pay for the month of `use`, where it goes on from the month before: that one's end (C15)."""
    return first_of_month(use) - timedelta(days=1)


def first_term(first: date) -> Term:
    """The longest monthly use without renewal, a year (C16)."""
    return Term(first, period_ends(first, TERM_MONTHS), renewals=0)


def renewed(term: Term, most_renewals: int | None) -> Term | None:
    """The year after `term`; None where the space has had the renewals its price names (C16)."""
    if not may_renew(term.renewals, most_renewals):
        return None
    first = term.last + timedelta(days=1)
    return Term(first, period_ends(first, TERM_MONTHS), term.renewals + 1)


def may_renew(renewals: int, most_renewals: int | None) -> bool:
    """`most_renewals` as in tariff.MonthPrice: None for without end."""
    return most_renewals is None or renewals < most_renewals


def desk_link(registered: date, *, refuses: bool) -> DeskLink:
    """`registered` is the corporation's own first day as a monthly member, `refuses` its wish of A32."""
    if refuses:
        return DeskLink.REFUSED
    return DeskLink.WITHOUT_CARD if registered <= LAST_DAY_WITHOUT_CARD else DeskLink.CARD_NEEDED
