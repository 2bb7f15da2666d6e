"""What was taken and handed out at reception, as it was then: later changes of rules or visits change none of it.

A visit is named by the event that opened it, not by its row, which is made again whenever a late record arrives.
Not in here: what is due (visits.dropin, visits.parking, visits.over_limit), and how it was paid (A41).
"""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from server.members.models import Member
from server.terminals.models import Facility, Terminal
from visits.calendar import house_day
from visits.dropin import Visitor
from visits.fees import hours_begun
from visits.parking import Occasion, Purpose, Reason
from visits.tariff import MAX_PRICE

LONGEST_DECLARED = 24 * 60
LONGEST_PARKED = 7 * 24 * 60
NAME_LENGTH = 150
NOTE_LENGTH = 200


class VisitorWords(models.TextChoices):
    """The rules' Visitor, with words for people."""

    GENERAL = Visitor.GENERAL.value, _("general")
    STUDENT = Visitor.STUDENT.value, _("student, junior high and above")
    CHILD_WITH_GUARDIAN = Visitor.CHILD_WITH_GUARDIAN.value, _("elementary age and under, with a guardian")
    CHILD_ALONE = Visitor.CHILD_ALONE.value, _("elementary age and under, alone")


class PurposeWords(models.TextChoices):
    """The rules' Purpose, with words for people."""

    COWORKING = Purpose.COWORKING.value, _("coworking")
    MEETING_SPACE = Purpose.MEETING_SPACE.value, _("meeting space")
    SEMINAR_ORGANISER = Purpose.SEMINAR_ORGANISER.value, _("seminar: organiser, staff or speaker")
    SEMINAR_PARTICIPANT = Purpose.SEMINAR_PARTICIPANT.value, _("seminar: participant")
    COORDINATOR = Purpose.COORDINATOR.value, _("coordinator consultation")
    TOUR = Purpose.TOUR.value, _("visit or tour")
    ELSEWHERE = Purpose.ELSEWHERE.value, _("business elsewhere")


class ReasonWords(models.TextChoices):
    """The rules' Reason, with words for people."""

    EXCESS = Reason.EXCESS.value, _("Used for longer than parking is free.")
    PARKED_WITHIN_FREE = Reason.PARKED_WITHIN_FREE.value, _("Parked within the free time: nothing is due.")
    USED_WITHIN_FREE = Reason.USED_WITHIN_FREE.value, _("The house was not used for longer than parking is free.")
    NOT_REGISTERED = Reason.NOT_REGISTERED.value, _("Meeting space without registration: members only.")
    COORDINATOR = Reason.COORDINATOR.value, _("A coordinator consultation gives no voucher.")
    TOUR = Reason.TOUR.value, _("A visit or tour gives no voucher.")
    ELSEWHERE = Reason.ELSEWHERE.value, _("Parked for business elsewhere, members included.")


class OccasionWords(models.TextChoices):
    """The rules' Occasion, with words for people."""

    SHOWROOM_PURCHASE = Occasion.SHOWROOM_PURCHASE.value, _("showroom: purchase")
    SHOWROOM_EVENT = Occasion.SHOWROOM_EVENT.value, _("showroom event: participant")
    SHOWROOM_ORGANISER = Occasion.SHOWROOM_ORGANISER.value, _("showroom event: organiser")
    UPSTAIRS_PUBLIC_EVENT = Occasion.UPSTAIRS_PUBLIC_EVENT.value, _("upstairs: event of the manager or the city")
    UPSTAIRS_PRIVATE_EVENT = Occasion.UPSTAIRS_PRIVATE_EVENT.value, _("upstairs: other event")
    VISIT = Occasion.VISIT.value, _("looking round")


class RecordedAlreadyError(Exception):
    """The same page was sent before; `row` is what came of it."""

    def __init__(self, row: "OncePerPage") -> None:
        super().__init__(row.pk)
        self.row = row


class OncePerPage(models.Model):
    """What is recorded from a page is recorded once, however often the page is sent.

    `once` is the page's own, given to it when it is first shown; none where no page asked.
    """

    once = models.UUIDField(null=True, unique=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def of_page(cls, once: UUID | None) -> Self | None:
        return None if once is None else cls._default_manager.filter(once=once).first()

    @classmethod
    def record(cls, once: UUID | None, **values: Any) -> Self:  # noqa: ANN401 - the fields' own
        """Raises RecordedAlreadyError, also where another desk sends the same page at this moment."""
        if once is None:
            return cls._default_manager.create(**values)
        row, made = cls._default_manager.get_or_create(once=once, defaults=values)
        if not made:
            raise RecordedAlreadyError(row)
        return row


class DropInStay(OncePerPage):
    """One stay by the hour: paid for the declared time before it began (A38), the rest on leaving (A40).

    Whoever is no member has no name here. Amounts in yen, by the tariff of the day the stay began.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    member = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, verbose_name=_("member"))
    visitor = models.CharField(_("visitor"), max_length=19, choices=VisitorWords.choices)
    begun_at = models.DateTimeField(_("begun at"))
    declared_minutes = models.PositiveIntegerField(_("declared minutes"))
    prepaid = models.PositiveIntegerField(_("prepaid, yen"))
    taken_by = models.CharField(_("taken by"), max_length=NAME_LENGTH)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    overstay = models.PositiveIntegerField(_("overstay, yen"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=NAME_LENGTH, blank=True)

    class Meta:
        verbose_name = _("drop-in stay")
        verbose_name_plural = _("drop-in stays")
        ordering = ("-begun_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(visitor__in=[each for each in VisitorWords.values if each != VisitorWords.CHILD_ALONE]),
                name="drop_in_no_child_alone",
            ),
            models.CheckConstraint(condition=Q(declared_minutes__range=(1, LONGEST_DECLARED)), name="drop_in_declared"),
            models.CheckConstraint(condition=Q(prepaid__lte=MAX_PRICE), name="drop_in_prepaid"),
            models.CheckConstraint(
                condition=Q(ended_at=None, overstay=None, ended_by="")
                | Q(
                    ended_at__isnull=False, ended_at__gte=F("begun_at"), overstay__isnull=False, overstay__lte=MAX_PRICE
                )
                & ~Q(ended_by=""),
                name="drop_in_ended_with_its_bill",
            ),
            models.UniqueConstraint(fields=("member",), condition=Q(ended_at=None), name="drop_in_open_once"),
        )
        indexes = (models.Index(fields=("facility",), condition=Q(ended_at=None), name="drop_in_open"),)

    def __str__(self) -> str:
        return f"{self.member or self.get_visitor_display()} {house_day(self.begun_at)}"

    @property
    def declared(self) -> timedelta:
        return timedelta(minutes=self.declared_minutes)

    def paid_until(self) -> datetime:
        """The end of the last hour paid for: a declared hour and a half has two hours paid."""
        return self.begun_at + timedelta(hours=hours_begun(self.declared))


class ParkingVoucher(OncePerPage):
    """A voucher as it was handed out, with what it was judged by (A49-A54). Minutes are whole.

    `again` where staff confirmed a second one for the same visit.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    member = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, verbose_name=_("member"))
    first_terminal = models.ForeignKey(Terminal, models.PROTECT, null=True, blank=True, editable=False)
    first_seq = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    again = models.BooleanField(_("once more for the same visit"), default=False)
    purpose = models.CharField(_("purpose"), max_length=20, choices=PurposeWords.choices)
    registered = models.BooleanField(_("registered"))
    used_minutes = models.PositiveIntegerField(_("minutes in the house"))
    parked_minutes = models.PositiveIntegerField(_("minutes parked"))
    minutes = models.PositiveIntegerField(_("minutes handed out"))
    charged_minutes = models.PositiveIntegerField(_("minutes left to the driver"))
    reason = models.CharField(_("reason"), max_length=20, choices=ReasonWords.choices)
    at = models.DateTimeField(_("handed out at"))
    issued_by = models.CharField(_("handed out by"), max_length=NAME_LENGTH)

    class Meta:
        verbose_name = _("parking voucher")
        verbose_name_plural = _("parking vouchers")
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(purpose__in=PurposeWords.values), name="voucher_purpose_known"),
            models.CheckConstraint(
                condition=Q(reason=ReasonWords.EXCESS, minutes__gte=1), name="voucher_for_something"
            ),
            models.CheckConstraint(
                condition=Q(minutes__lte=F("parked_minutes")) & Q(parked_minutes__lte=LONGEST_PARKED),
                name="voucher_for_what_was_parked",
            ),
            models.CheckConstraint(
                condition=Q(first_terminal=None, first_seq=None)
                | Q(first_terminal__isnull=False, first_seq__isnull=False, member__isnull=False),
                name="voucher_names_the_whole_visit",
            ),
            models.UniqueConstraint(
                fields=("first_terminal", "first_seq"), condition=Q(again=False), name="voucher_once_per_visit"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member or self.get_purpose_display()} {house_day(self.at)}"


class ParkingDiscount(OncePerPage):
    """A discount by the occasion, as it was given (C31). `hours` is empty for the whole day."""

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    occasion = models.CharField(_("occasion"), max_length=22, choices=OccasionWords.choices)
    purchased = models.PositiveIntegerField(_("purchased, yen"), default=0)
    hours = models.PositiveSmallIntegerField(_("hours"), null=True, blank=True)
    at = models.DateTimeField(_("given at"))
    given_by = models.CharField(_("given by"), max_length=NAME_LENGTH)

    class Meta:
        verbose_name = _("parking discount")
        verbose_name_plural = _("parking discounts")
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(occasion__in=OccasionWords.values), name="discount_occasion_known"),
            models.CheckConstraint(condition=Q(purchased__lte=MAX_PRICE), name="discount_purchased"),
            models.CheckConstraint(
                condition=Q(hours__isnull=False, hours__range=(1, 24))
                | Q(hours=None, occasion=OccasionWords.SHOWROOM_ORGANISER),
                name="discount_for_something",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_occasion_display()} {house_day(self.at)}"


class OutcomeWords(models.TextChoices):
    """What became of a fee over the limit."""

    PAID = "paid", _("paid")
    WAIVED = "waived", _("waived")


class Settlement(models.Model):
    """That a use beyond an organisation's places was paid for or waived, with the amount of that moment (A23).

    Kept by the event that opened the visit. What the rules say of the visit today may be another amount, or nothing.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    seq = models.PositiveBigIntegerField(_("sequence number"))
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"))
    day = models.DateField(_("day"))
    amount = models.PositiveIntegerField(_("amount, yen"))
    outcome = models.CharField(_("outcome"), max_length=6, choices=OutcomeWords.choices)
    at = models.DateTimeField(_("settled at"))
    by = models.CharField(_("settled by"), max_length=NAME_LENGTH)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)

    class Meta:
        verbose_name = _("settled fee over the limit")
        verbose_name_plural = _("settled fees over the limit")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("facility", "day"), name="settlement_by_day"),)
        constraints = (
            models.UniqueConstraint(fields=("terminal", "seq"), name="settled_once"),
            models.CheckConstraint(condition=Q(amount__lte=MAX_PRICE), name="settlement_amount"),
            models.CheckConstraint(condition=Q(outcome__in=OutcomeWords.values), name="settlement_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome=OutcomeWords.PAID) | ~Q(note=""), name="settlement_waived_for_a_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member} {self.day}"
