"""A bill in words, line by line, as the desk reads it out.

Not in here: what is due (visits.fees and its neighbours), and how it is drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from server.fees.models import VisitorWords
from visits.bill import Bill, Charge, Commission, Entry, Line, PartOfMonth

Names = Mapping[str, tuple[str, str]]
"""Of a tariff's keys, in Japanese and in English."""

CONSIGNMENT = "consignment"


_COUNTS = {
    Charge.OVERTIME_HOUR: _("%d h beyond the slot"),
    Charge.HOUR: _("%d h"),
    Charge.SEAT_DAY: _("%d × seat for the day"),
    Charge.MONTH: _("%d × month"),
    Charge.USE: _("%d × use"),
    Charge.SHEET: _("%d × sheet"),
    Charge.AT_COST: _("at cost"),
    Charge.DROP_IN_HOUR: _("%d h"),
    Charge.OVERSTAY_HOUR: _("%d h longer than paid for"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """`unit_price` is as printed; empty where there is none."""

    what: str
    count: str
    unit_price: str
    amount: str


def yen(amount: int) -> str:
    return f"¥{amount:,}"


def rows_of(bill: Bill, names: Names) -> list[Row]:
    return [_row(entry, names) for entry in bill.entries]


def name_of(key: str, names: Names) -> str:
    """The key itself where nobody has named it."""
    if key in VisitorWords.values:
        return str(VisitorWords(key).label)
    japanese, english = names.get(key, (key, key))
    return japanese if (get_language() or "ja").startswith("ja") else english


def _row(entry: Entry, names: Names) -> Row:
    match entry:
        case Line():
            return Row(name_of(entry.item, names), _count(entry, names), yen(entry.unit_price), yen(entry.amount))
        case PartOfMonth(item, days, days_in_month, monthly_fee, halved):
            count = gettext("%(days)d of %(all)d days of the month") % {"days": days, "all": days_in_month}
            half = f"{count}, {gettext('half price')}" if halved else count
            return Row(name_of(item, names), half, yen(monthly_fee), yen(entry.amount))
        case Commission(sales, percent):
            share = gettext("%(percent)d %% of sales of %(sales)s") % {"percent": percent, "sales": yen(sales)}
            return Row(gettext("kept for selling on consignment"), share, "", yen(entry.amount))


def _count(line: Line, names: Names) -> str:
    count = _quantity(line, names)
    if line.square_metres > 1:
        count = f"{count} × {line.square_metres} m²"
    return f"{count} × {line.factor}" if line.factor > 1 else count


def _quantity(line: Line, names: Names) -> str:
    if line.charge is Charge.SLOT:
        return name_of(line.slot or "", names)
    return str(_COUNTS[line.charge]).replace("%d", str(line.quantity))
