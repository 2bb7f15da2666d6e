"""Facilities, their terminals, and what is remembered to let a terminal in once and only once.

Not in here: what terminals report (ledger), who may come in (members).
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from visits.decision import Direction


class Facility(models.Model):
    """One place people are inside or outside of. Its row is also the lock under which its records change."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    shows_names = models.BooleanField(
        _("terminals greet members by name"),
        default=False,
        help_text=_("Names then leave the server and are kept on the terminals."),
    )

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


def lock_facility(facility_id: UUID) -> None:
    """Until the transaction ends nobody else changes this facility's visits or roster.

    On SQLite the transaction itself is the lock: it began IMMEDIATE. Elsewhere rows may still refer to the facility.
    """
    Facility.objects.select_for_update(no_key=True).get(pk=facility_id)


class Way(models.TextChoices):
    """The rules' Direction, with words for people."""

    IN = Direction.IN.value, _("check-in")
    OUT = Direction.OUT.value, _("check-out")


NAME_LENGTH = 100


class Terminal(models.Model):
    """A device at a door (A4). It gets its first key by enrolling; a re-imaged one is a new terminal.

    `previous_key` is remembered until the next rotation; `succeeds` names the terminal whose damaged disk this one
    goes on from. One of a facility is no device but the desk (A14), in whose name the server itself keeps a chain of what
    staff record: it has no key, and no direction.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="terminals", verbose_name=_("facility"))
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    direction = models.CharField(_("direction"), max_length=3, choices=Way.choices)
    is_desk = models.BooleanField(default=False, editable=False)
    public_key = models.BinaryField(_("public key"), max_length=32, null=True, unique=True)
    previous_key = models.BinaryField(max_length=32, null=True)
    succeeds = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="successors", verbose_name=_("succeeds")
    )
    enrolled_at = models.DateTimeField(_("enrolled at"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, editable=False)

    class Meta:
        verbose_name = _("terminal")
        verbose_name_plural = _("terminals")
        ordering = ("facility", "name")
        constraints = (
            models.UniqueConstraint(fields=("facility", "name"), name="terminal_name_once_per_facility"),
            models.CheckConstraint(
                condition=models.Q(public_key__isnull=True, enrolled_at__isnull=True)
                | models.Q(public_key__isnull=False, enrolled_at__isnull=False),
                name="terminal_key_comes_by_enrolment",
            ),
            models.CheckConstraint(
                condition=models.Q(direction__in=Way.values, is_desk=False) | models.Q(direction="", is_desk=True),
                name="terminal_direction_known",
            ),
            models.CheckConstraint(
                condition=models.Q(is_desk=False) | models.Q(public_key__isnull=True), name="terminal_desk_has_no_key"
            ),
            models.UniqueConstraint(
                fields=("facility",), condition=models.Q(is_desk=True), name="terminal_desk_once_per_facility"
            ),
        )

    def __str__(self) -> str:
        return f"{self.facility} {self.name}"


class EnrolmentCode(models.Model):
    """A one-time code for one prepared terminal, known only by its keyed hash."""

    terminal = models.OneToOneField(Terminal, models.CASCADE, primary_key=True, related_name="enrolment_code")
    code_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("enrolment code")
        verbose_name_plural = _("enrolment codes")

    def __str__(self) -> str:
        return str(self.terminal)

    def expired(self, now: datetime) -> bool:
        return now >= self.expires_at


ADDRESS_LENGTH = 45
"""The longest form of an IPv6 address."""


class FailedEnrolment(models.Model):
    """A wrong code was tried from this address; kept only as long as it counts."""

    address = models.CharField(max_length=ADDRESS_LENGTH)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("failed enrolment")
        verbose_name_plural = _("failed enrolments")

    def __str__(self) -> str:
        return str(self.at)


class Nonce(models.Model):
    """One signed request, remembered for as long as its signature would still be accepted."""

    terminal = models.ForeignKey(Terminal, models.CASCADE)
    value = models.CharField(max_length=32)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("nonce")
        verbose_name_plural = _("nonces")
        constraints = (models.UniqueConstraint(fields=("terminal", "value"), name="nonce_once_per_terminal"),)

    def __str__(self) -> str:
        return self.value
