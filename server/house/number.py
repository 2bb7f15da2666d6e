"""Numbering the rules of a facility, so that a terminal can see that it has not the present ones.

Every saved change gives the rules another number in the same transaction; deletions do too (deletions).
Not in here: what the rules say (that is read when a terminal asks).
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from server.terminals.models import Facility, lock_facility


class RulesNumber(models.Model):
    """How often the rules of a facility have changed."""

    facility = models.OneToOneField(Facility, models.CASCADE, primary_key=True, related_name="rules_number")
    number = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("number of the rules")
        verbose_name_plural = _("numbers of the rules")

    def __str__(self) -> str:
        return f"{self.facility_id} {self.number}"


@transaction.atomic
def record_changes(facilities: Iterable[UUID | None]) -> None:
    """Gives the rules of each facility their next number; None stands for all, because it is the whole building's (C3).

    The facilities stay locked until the surrounding transaction ends, so that two changes never share a number. They
    are locked in one order, so that two changes never wait for each other.
    """
    concerned = set(facilities)
    for facility in Facility.objects.order_by("pk").values_list("pk", flat=True):
        if concerned & {facility, None}:
            lock_facility(facility)
            RulesNumber.objects.update_or_create(facility_id=facility, defaults={"number": rules_number(facility) + 1})


def rules_number(facility: UUID) -> int:
    """0 before the first change."""
    return RulesNumber.objects.filter(facility=facility).values_list("number", flat=True).first() or 0


class NumberedRule(models.Model):
    """Something terminals must hear of."""

    class Meta:
        abstract = True

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Also tells the facility that a rule was for before."""
        stored = type(self)._default_manager.filter(pk=self.pk)  # noqa: SLF001 - Django's name for it is public
        record_changes({*(row.concerned() for row in stored), self.concerned()})
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def concerned(self) -> UUID | None:
        """The facility; None for all of them."""
        raise NotImplementedError
