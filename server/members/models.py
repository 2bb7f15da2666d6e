"""Who may come in: members, the organisations they belong to, and their cards.

Every saved change is a change of the roster, numbered in the same transaction. Not in here: where members are now.
"""

from uuid import uuid4

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from server.members.roster_change import record_change
from server.terminals.models import Facility
from visits.member import Standing


class Organisation(models.Model):
    """A corporation or school whose people each register themselves (A21)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class StandingWords(models.TextChoices):
    """The rules' Standing, with words for people."""

    ACTIVE = Standing.ACTIVE.value, _("active")
    PENDING = Standing.PENDING.value, _("pending approval")
    SUSPENDED = Standing.SUSPENDED.value, _("suspended")
    ENDED = Standing.ENDED.value, _("ended")


class Member(models.Model):
    """A person with a membership (A3) at a home facility, alone or through an organisation."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    home_facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("home facility"))
    number = models.CharField(_("member number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kana = models.CharField(_("reading"), max_length=100, blank=True)
    mail = models.EmailField(_("mail address"), blank=True)
    standing = models.CharField(
        _("standing"), max_length=9, choices=StandingWords.choices, default=StandingWords.PENDING
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("organisation")
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ("kana", "number")
        indexes = (models.Index(fields=("home_facility", "id"), name="member_by_facility"),)
        constraints = (
            models.CheckConstraint(condition=models.Q(standing__in=StandingWords.values), name="member_standing_known"),
        )

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Also tells the facility a member has moved away from."""
        stored = Member.objects.filter(pk=self.pk).values_list("home_facility_id", flat=True)
        for facility in {*stored, self.home_facility_id}:
            record_change(facility, self.pk)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class CardLink(models.Model):
    """A card that stands for a member: the keyed hash of its public key, never a certificate's serial number."""

    card_reference = models.BinaryField(_("card reference"), max_length=32, unique=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="cards", verbose_name=_("member"))
    linked_at = models.DateTimeField(_("linked at"), auto_now_add=True)

    class Meta:
        verbose_name = _("linked card")
        verbose_name_plural = _("linked cards")

    def __str__(self) -> str:
        return bytes(self.card_reference).hex()[:8]

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Also tells of the member who had the card before."""
        stored = Member.objects.filter(cards__pk=self.pk) if self.pk else Member.objects.none()
        for member in {*stored, self.member}:
            record_change(member.home_facility_id, member.pk)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
