"""What a facility charges from a date on, as staff keep it: spaces, things, drop-in hours, and the terms of parking.

Each price has a key, by which uses name it, and names for people. Prices are yen, tax included (C22-C31).
Not in here: what a use amounts to (visits.fees and its neighbours), and the tariff as the rules read it (tariffs).
"""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from server.house.number import NumberedRule
from server.terminals.models import Facility
from visits.bill import halved_to_ten
from visits.tariff import MAX_PRICE, Unit

PERCENT = 100
MOST_MINUTES = 24 * 60
MOST_HOURS = 24
MOST_FACTOR = 100
MOST_RENEWALS = 100
_TOGETHER = _("Give all of these or none.")
_NOT_HALF = _("The reduced price is half the general one, rounded down to ten yen.")


def _price(words: Any, **options: Any) -> "models.PositiveIntegerField[Any, Any]":  # noqa: ANN401 - a lazy translation
    return models.PositiveIntegerField(words, **options)


def _no_more_than(most: int, name: str, *fields: str) -> models.CheckConstraint:
    """Where a field is empty its comparison is no answer, and passes."""
    limits = Q()
    for field in fields:
        limits &= Q(**{f"{field}__lte": most})
    return models.CheckConstraint(condition=limits, name=name)


def _all_or_none(name: str, *fields: str) -> models.CheckConstraint:
    none, every = Q(), Q()
    for field in fields:
        none &= Q(**{f"{field}__isnull": True})
        every &= Q(**{f"{field}__isnull": False})
    return models.CheckConstraint(condition=none | every, name=name, violation_error_message=_TOGETHER)


def _named(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=~Q(key=""), name=name)


class Per(models.TextChoices):
    """The rules' Unit, with words for people."""

    HOUR = Unit.HOUR.value, _("an hour")
    USE = Unit.USE.value, _("a use")
    SHEET = Unit.SHEET.value, _("a sheet")


class Tariff(NumberedRule):
    """In force from a date on, until the next such date (C22). What is empty is not offered."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="tariffs", verbose_name=_("facility"))
    valid_from = models.DateField(_("valid from"))
    drop_in_general = _price(_("one hour, general"), null=True, blank=True)
    drop_in_student = _price(_("one hour, students"), null=True, blank=True)
    admission_from = _price(_("admission fee from which a floor costs more"), null=True, blank=True)
    admission_factor = models.PositiveSmallIntegerField(_("how many times the price then"), null=True, blank=True)
    promotion_factor = models.PositiveSmallIntegerField(
        _("how many times the price for sales and promotion"), null=True, blank=True
    )
    consignment_percent = models.PositiveSmallIntegerField(_("consignment, percent of sales"), null=True, blank=True)
    parking_free_minutes = models.PositiveSmallIntegerField(_("free minutes of parking"), default=120)
    parking_allowance_minutes = models.PositiveSmallIntegerField(
        _("minutes a car may be parked longer than the house is used"), default=30
    )
    parking_purchase_from = _price(_("purchase in the showroom from which parking is discounted"), default=2_000)
    parking_purchase_hours = models.PositiveSmallIntegerField(_("hours of parking for a purchase"), default=1)
    parking_event_hours = models.PositiveSmallIntegerField(_("hours of parking for an event"), default=2)

    class Meta:
        verbose_name = _("price list from a date on")
        verbose_name_plural = _("price lists from a date on")
        ordering = ("facility", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=("facility", "valid_from"), name="tariff_once_a_day"),
            _all_or_none("tariff_drop_in", "drop_in_general", "drop_in_student"),
            _all_or_none("tariff_factors", "admission_from", "admission_factor", "promotion_factor"),
            models.CheckConstraint(
                condition=Q(admission_factor__gte=1, promotion_factor__gte=F("admission_factor")),
                name="tariff_factors_order",
                violation_error_message=_("Both factors are 1 or more, the one for promotion the higher."),
            ),
            _no_more_than(MOST_FACTOR, "tariff_factors_highest", "promotion_factor"),
            _no_more_than(PERCENT, "tariff_consignment", "consignment_percent"),
            _no_more_than(
                MAX_PRICE,
                "tariff_prices",
                "drop_in_general",
                "drop_in_student",
                "admission_from",
                "parking_purchase_from",
            ),
            _no_more_than(MOST_MINUTES, "tariff_minutes", "parking_free_minutes", "parking_allowance_minutes"),
            _no_more_than(MOST_HOURS, "tariff_hours", "parking_purchase_hours", "parking_event_hours"),
        )

    def __str__(self) -> str:
        return f"{self.facility} {self.valid_from}"

    def concerned(self) -> UUID:
        return self.facility_id


class PriceRow(NumberedRule):
    key = models.SlugField(_("key"), max_length=40)
    name_ja = models.CharField(_("name in Japanese"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)

    class Meta:
        abstract = True
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name_ja


class TariffRow(PriceRow):
    tariff = models.ForeignKey(Tariff, models.CASCADE)

    class Meta(PriceRow.Meta):
        abstract = True

    def concerned(self) -> UUID:
        return self.tariff.facility_id


class SlotSpace(TariffRow):
    """A space let by parts of the day (C23, C25)."""

    overtime = _price(_("one hour more"))
    floor = models.BooleanField(
        _("price depends on the purpose"), default=True, help_text=_("Admission, sales and promotion cost more.")
    )
    per_square_metre = models.BooleanField(_("for one square metre"), default=False)

    class Meta(TariffRow.Meta):
        verbose_name = _("space by the slot")
        verbose_name_plural = _("spaces by the slot")
        constraints = (
            models.UniqueConstraint(fields=("tariff", "key"), name="slot_space_once"),
            _named("slot_space_named"),
            _no_more_than(MAX_PRICE, "slot_space_overtime", "overtime"),
        )


class Slot(PriceRow):
    space = models.ForeignKey(SlotSpace, models.CASCADE, related_name="slots")
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    price = _price(_("price"))

    class Meta(PriceRow.Meta):
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = (
            models.UniqueConstraint(fields=("space", "key"), name="slot_once"),
            _named("slot_named"),
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="slot_has_time"),
            _no_more_than(MAX_PRICE, "slot_price", "price"),
        )

    def concerned(self) -> UUID:
        return self.space.concerned()


class HourPrice(TariffRow):
    price = _price(_("price"))
    floor = models.BooleanField(_("price depends on the purpose"), default=False)

    class Meta(TariffRow.Meta):
        verbose_name = _("space by the hour")
        verbose_name_plural = _("spaces by the hour")
        constraints = (
            models.UniqueConstraint(fields=("tariff", "key"), name="hour_price_once"),
            _named("hour_price_named"),
            _no_more_than(MAX_PRICE, "hour_price", "price"),
        )


class DayPrice(TariffRow):
    price = _price(_("price"))

    class Meta(TariffRow.Meta):
        verbose_name = _("seat for a day")
        verbose_name_plural = _("seats for a day")
        constraints = (
            models.UniqueConstraint(fields=("tariff", "key"), name="day_price_once"),
            _named("day_price_named"),
            _no_more_than(MAX_PRICE, "day_price", "price"),
        )


class MonthPrice(TariffRow):
    """Both prices as printed, so that a slip in either is found (C26)."""

    general = _price(_("general price"))
    reduced = _price(_("reduced price"))
    most_renewals = models.PositiveSmallIntegerField(
        _("most renewals"), null=True, blank=True, help_text=_("Empty: renewed each year without end.")
    )

    class Meta(TariffRow.Meta):
        verbose_name = _("space for a month")
        verbose_name_plural = _("spaces for a month")
        constraints = (
            models.UniqueConstraint(fields=("tariff", "key"), name="month_price_once"),
            _named("month_price_named"),
            _no_more_than(MAX_PRICE, "month_price", "general"),
            _no_more_than(MOST_RENEWALS, "month_price_renewals", "most_renewals"),
            models.CheckConstraint(
                condition=Q(reduced=F("general") / 20 * 10), name="month_price_half", violation_error_message=_NOT_HALF
            ),
        )

    def clean(self) -> None:
        if None not in {self.general, self.reduced} and self.reduced != halved_to_ten(self.general):
            raise ValidationError({"reduced": _NOT_HALF})


class ThingPrice(TariffRow):
    unit = models.CharField(_("unit"), max_length=5, choices=Per.choices)
    price = _price(_("price"))

    class Meta(TariffRow.Meta):
        verbose_name = _("thing")
        verbose_name_plural = _("things")
        constraints = (
            models.UniqueConstraint(fields=("tariff", "key"), name="thing_price_once"),
            _named("thing_price_named"),
            models.CheckConstraint(condition=Q(unit__in=Per.values), name="thing_unit_known"),
            _no_more_than(MAX_PRICE, "thing_price", "price"),
        )
