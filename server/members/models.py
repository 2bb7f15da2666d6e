"""Who may come in: members, on what terms they belong to the house, the organisations they belong through, and cards.

Every saved change is a change of the roster, numbered in the same transaction. Not in here: what the rules make of a
member (terms), the dates that notice, change and renewal lead to (changes), and where members are now.
"""

from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from server.members.roster_change import record_members
from server.terminals.models import Facility
from visits.limits import MOST_DAYS_IN_A_ROW
from visits.member import Kind, Standing

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_USES_IN_MONTH = 31
LONGEST_CONDITIONS = 200


class OrganisationKind(models.TextChoices):
    """Whose people share places: three of a corporation, ten of a school (A22); a partner is another facility (A56)."""

    GENERAL = "general", _("corporation")
    SCHOOL = "school", _("school")
    PARTNER = "partner", _("partner facility")


class KindWords(models.TextChoices):
    """The rules' Kind, with words for people."""

    INDIVIDUAL = Kind.INDIVIDUAL.value, _("individual")
    CORPORATE = Kind.CORPORATE.value, _("corporate")
    SCHOOL = Kind.SCHOOL.value, _("school")
    PARTNER = Kind.PARTNER.value, _("partner")
    DAILY = Kind.DAILY.value, _("by the day")
    DROP_IN = Kind.DROP_IN.value, _("drop-in")
    STAFF = Kind.STAFF.value, _("staff")


KIND_THROUGH = {
    OrganisationKind.GENERAL: KindWords.CORPORATE,
    OrganisationKind.SCHOOL: KindWords.SCHOOL,
    OrganisationKind.PARTNER: KindWords.PARTNER,
}
"""How one belongs to the house through an organisation."""


class Organisation(models.Model):
    """A corporation or school whose people each register themselves (A21), or a partner facility (A56).

    `registered_on` is its first day as a monthly member, None where nobody knows; the day decides what the desk may do
    for its people (A20, A31), unless it wants nobody linked there (A32).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=7, choices=OrganisationKind.choices, default=OrganisationKind.GENERAL)
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    refuses_desk_linking = models.BooleanField(
        _("wants nobody linked at the desk"),
        default=False,
        help_text=_("Its people then join with a contract code only, which reception never discloses."),
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_known"),
        )

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Its people belong to the house as its kind says, also where that is found out later."""
        kind = KIND_THROUGH[OrganisationKind(self.kind)]
        moved = Membership.objects.filter(organisation=self.pk).exclude(kind=kind)
        record_members(moved.values_list("member__home_facility", "member"))
        super().save(*args, **kwargs)  # type: ignore[arg-type]
        moved.update(kind=kind)


class StandingWords(models.TextChoices):
    """The rules' Standing, with words for people."""

    ACTIVE = Standing.ACTIVE.value, _("active")
    PENDING = Standing.PENDING.value, _("pending approval")
    SUSPENDED = Standing.SUSPENDED.value, _("suspended")
    ENDED = Standing.ENDED.value, _("ended")


class Member(models.Model):
    """A person with a home facility (A3). Without memberships the standing alone decides."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    home_facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("home facility"))
    number = models.CharField(_("member number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kana = models.CharField(_("reading"), max_length=100, blank=True)
    mail = models.EmailField(_("mail address"), blank=True)
    standing = models.CharField(
        _("standing"), max_length=9, choices=StandingWords.choices, default=StandingWords.PENDING
    )
    standing_reason = models.CharField(
        _("reason for the standing"),
        max_length=200,
        blank=True,
        db_default="",
        help_text=_("For staff; it does not leave the server."),
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ("kana", "number")
        indexes = (models.Index(fields=("home_facility", "id"), name="member_by_facility"),)
        constraints = (
            models.CheckConstraint(condition=Q(standing__in=StandingWords.values), name="member_standing_known"),
        )

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Also tells the facility a member has moved away from."""
        stored = Member.objects.filter(pk=self.pk).values_list("home_facility_id", flat=True)
        record_members((facility, self.pk) for facility in {*stored, self.home_facility_id})
        super().save(*args, **kwargs)  # type: ignore[arg-type]


def _within(field: str, most: int, name: str, otherwise: "_StrPromise") -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (1, most)}),
        name=name,
        violation_error_message=otherwise,
    )


_THROUGH = [kind.value for kind in KIND_THROUGH.values()]


class Membership(models.Model):
    """Terms on which a member belongs to the house, from the `first` to the `last` day, both inclusive.

    `paid_through` is the last day that is paid for, where payment is kept here: use ends with it (C15). Limits are the
    member's own and go before those of the house (C34). What conditions it was approved on is for people (C8).
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="memberships", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=10, choices=KindWords.choices)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("organisation"),
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"), null=True, blank=True, help_text=_("Leave empty where no end is known."))
    paid_through = models.DateField(
        _("paid through"), null=True, blank=True, help_text=_("Leave empty where payment is not kept here.")
    )
    uses_in_month = models.PositiveSmallIntegerField(_("most uses in a month"), null=True, blank=True)
    days_in_a_row = models.PositiveSmallIntegerField(_("most days in a row"), null=True, blank=True)
    conditions = models.CharField(
        _("conditions"),
        max_length=LONGEST_CONDITIONS,
        blank=True,
        db_default="",
        help_text=_("Attached to the approval; for staff, they do not leave the server."),
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("-first",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=KindWords.values), name="membership_kind_known"),
            models.CheckConstraint(
                condition=Q(last__isnull=True) | Q(last__gte=F("first")),
                name="membership_has_days",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                condition=Q(paid_through__isnull=True) | Q(paid_through__gte=F("first")),
                name="membership_paid_from_its_first_day",
                violation_error_message=_("What is paid for begins with the first day."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=_THROUGH, organisation__isnull=False)
                | (~Q(kind__in=_THROUGH) & Q(organisation__isnull=True)),
                name="membership_through_an_organisation",
                violation_error_message=_("Corporate, school and partner members have an organisation, others none."),
            ),
            _within(
                "uses_in_month",
                MOST_USES_IN_MONTH,
                "membership_uses_in_month",
                _("A limit is 1 or more; leave it empty for none."),
            ),
            _within(
                "days_in_a_row",
                MOST_DAYS_IN_A_ROW,
                "membership_days_in_a_row",
                _("Days in a row are 1 to 62; leave it empty for no limit."),
            ),
            models.UniqueConstraint(
                fields=("member", "first"),
                name="membership_once_a_day",
                violation_error_message=_("Another membership begins on that day."),
            ),
            models.UniqueConstraint(
                fields=("member",),
                condition=Q(last=None),
                name="membership_one_without_end",
                violation_error_message=_("Another membership has no last day."),
            ),
        )

    def __str__(self) -> str:
        through = f" {self.organisation}" if self.organisation else ""
        return f"{self.get_kind_display()}{through} {self.first} - {self.last or ''}".rstrip(" -")

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Also tells of the member who had it before."""
        stored = Member.objects.filter(memberships__pk=self.pk) if self.pk else Member.objects.none()
        record_members((member.home_facility_id, member.pk) for member in {*stored, self.member})
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        if self.organisation and self.kind != KIND_THROUGH[OrganisationKind(self.organisation.kind)]:
            raise ValidationError({"organisation": _("This organisation's people belong to the house in another way.")})

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    def meets(self, other: "Membership") -> bool:
        """Whether both are in force on some day, which the rules take for a mistake."""
        begins_in_time = self.last is None or other.first <= self.last
        return begins_in_time and (other.last is None or self.first <= other.last)


class CardLink(models.Model):
    """A card that stands for a member: the keyed hash of its public key, never a certificate's serial number.

    One that was replaced stands for nobody, but is still known, so that whoever shows it can be told so.
    """

    card_reference = models.BinaryField(_("card reference"), max_length=32, unique=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="cards", verbose_name=_("member"))
    linked_at = models.DateTimeField(_("linked at"), auto_now_add=True)
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)

    class Meta:
        verbose_name = _("linked card")
        verbose_name_plural = _("linked cards")

    def __str__(self) -> str:
        return bytes(self.card_reference).hex()[:8]

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Also tells of the member who had the card before."""
        stored = Member.objects.filter(cards__pk=self.pk) if self.pk else Member.objects.none()
        record_members((member.home_facility_id, member.pk) for member in {*stored, self.member})
        super().save(*args, **kwargs)  # type: ignore[arg-type]
