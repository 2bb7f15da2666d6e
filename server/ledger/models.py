"""Events as they came, alarms about those that should not exist, what staff corrected, and visits, which can always be
made again.

Not in here: how events become visits (visits.fold), what to tell staff about a rejection or an alarm (sentences).
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from server.members.models import Member
from server.terminals.models import Facility, Terminal
from visits.event import Kind
from visits.fold import Flag
from visits.timeline import Basis

NOTE_LENGTH = 500


class KindWords(models.TextChoices):
    """The rules' Kind, with words for people."""

    CHECK_IN = Kind.CHECK_IN.value, _("check-in")
    CHECK_OUT = Kind.CHECK_OUT.value, _("check-out")


class Rejection(models.TextChoices):
    """Why a record is kept but not counted. The values are part of the wire, but for VOIDED, of which no terminal hears."""

    UNREADABLE = "unreadable", _("not understood")
    UNKNOWN_MEMBER = "unknown_member", _("unknown member")
    IMPLAUSIBLE_TIME = "implausible_time", _("implausible time")
    LOST = "lost", _("destroyed on the terminal")
    VOIDED = "voided", _("taken back by staff")


class BasisWords(models.TextChoices):
    """The rules' Basis, with words for people."""

    OFFSET = Basis.OFFSET.value, _("the server's time")
    BOOT_OFFSET = Basis.BOOT_OFFSET.value, _("the server's time, learnt later")
    CLOCK = Basis.CLOCK.value, _("the terminal's clock")
    DOUBTFUL = Basis.DOUBTFUL.value, _("doubtful")
    STATED = Basis.STATED.value, _("as staff stated it")


class Event(models.Model):
    """One record of a terminal's chain, as it came. `record` is its canonical text, which `hash` is the SHA-256 of.

    A record the terminal declared destroyed stands as an empty one. `at` is the corrected time; the record says what the
    terminal's clock showed. `boot` is there where the time hangs on what is known of that boot, and not where the record
    tells its own offset. What is rejected waits for staff until `resolved_at` (quarantine).
    """

    # The indexes below begin with terminal and member, so that these need none of their own: every index is paid for by every event.
    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"), db_index=False)
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"), db_index=False)
    seq = models.PositiveBigIntegerField(_("sequence number"))
    hash = models.BinaryField(max_length=32)
    record = models.TextField(_("record"))
    received_at = models.DateTimeField(_("received at"))
    rejection = models.CharField(_("rejected as"), max_length=16, choices=Rejection.choices, null=True)  # noqa: DJ001 - NULL is "accepted"
    rejection_detail = models.CharField(_("detail"), max_length=200, blank=True, db_default="")
    kind = models.CharField(_("kind"), max_length=9, choices=KindWords.choices, null=True)  # noqa: DJ001 - NULL is "could not be read"
    member = models.ForeignKey(Member, models.PROTECT, null=True, verbose_name=_("member"), db_index=False)
    at = models.DateTimeField(_("time"), null=True)
    boot = models.UUIDField(null=True)
    basis = models.CharField(_("time taken from"), max_length=12, choices=BasisWords.choices, null=True)  # noqa: DJ001 - NULL is "could not be read"
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    resolved_by = models.CharField(_("resolved by"), max_length=150, blank=True, db_default="")
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True, db_default="")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("-received_at", "-seq")
        indexes = (
            models.Index(fields=("member", "facility", "at"), name="event_by_member"),
            models.Index(
                fields=("terminal", "boot"),
                condition=Q(boot__isnull=False),
                name="event_without_own_offset",
            ),
            models.Index(
                fields=("terminal", "seq"),
                condition=Q(rejection__isnull=False, resolved_at=None),
                name="event_in_quarantine",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("terminal", "seq"), name="event_applied_once"),
            models.CheckConstraint(
                condition=Q(rejection__in=Rejection.values)
                | Q(
                    rejection=None,
                    kind__isnull=False,
                    member__isnull=False,
                    at__isnull=False,
                    basis__in=BasisWords.values,
                ),
                name="event_rejected_or_complete",
            ),
        )

    def __str__(self) -> str:
        return f"{self.terminal} {self.seq}"


class BootOffset(models.Model):
    """The surest word there is on how far a boot's monotonic clock is from the server's time, in milliseconds."""

    terminal = models.ForeignKey(Terminal, models.CASCADE)
    boot = models.UUIDField()
    offset_ms = models.PositiveBigIntegerField()
    error_ms = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("server offset")
        verbose_name_plural = _("server offsets")
        constraints = (models.UniqueConstraint(fields=("terminal", "boot"), name="offset_once_per_boot"),)

    def __str__(self) -> str:
        return f"{self.terminal} {self.boot}"


class AlarmKind(models.TextChoices):
    CONFLICT = "conflict", _("two different records with one number")
    GAP = "gap", _("records are missing")
    BROKEN_CHAIN = "broken_chain", _("the chain of records is broken")


class Alarm(models.Model):
    """A record that does not fit its terminal's chain, kept aside: a restored disk image, or somebody's hand."""

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("terminal"))
    kind = models.CharField(_("kind"), max_length=12, choices=AlarmKind.choices)
    expected_seq = models.PositiveBigIntegerField(_("at sequence number"))
    hash = models.BinaryField(max_length=32)
    record = models.TextField(_("record"))
    raised_at = models.DateTimeField(_("raised at"))
    handled_at = models.DateTimeField(_("handled at"), null=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ("-raised_at",)
        constraints = (
            models.UniqueConstraint(fields=("terminal", "kind", "expected_seq", "hash"), name="alarm_raised_once"),
            models.CheckConstraint(condition=Q(kind__in=AlarmKind.values), name="alarm_kind_known"),
        )

    def __str__(self) -> str:
        return f"{self.terminal} {self.get_kind_display()}"


class Correction(models.Model):
    """What staff did by hand, by whom, when (`at`) and why: a passage added, one taken back, or one for another.

    Nothing of it is ever changed: what was wrong is corrected again.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"))
    by = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("corrected at"))
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    voids = models.OneToOneField(
        Event, models.PROTECT, null=True, related_name="voided_by", verbose_name=_("taken back")
    )
    adds = models.OneToOneField(Event, models.PROTECT, null=True, related_name="added_by", verbose_name=_("added"))

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(voids__isnull=False) | Q(adds__isnull=False), name="correction_corrects_something"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member} {self.at:%Y-%m-%d}"


class FoldedBy(models.Model):
    """The rules by which a facility's visits were made: their number, and the document without the tariffs."""

    facility = models.OneToOneField(Facility, models.CASCADE, primary_key=True, related_name="folded_by")
    number = models.PositiveBigIntegerField()
    rulebook = models.TextField()

    class Meta:
        verbose_name = _("rules the visits were made by")
        verbose_name_plural = _("rules the visits were made by")

    def __str__(self) -> str:
        return f"{self.facility_id} {self.number}"


class FlagWords(models.TextChoices):
    """The rules' Flag, with words for people."""

    NO_CHECK_IN = Flag.NO_CHECK_IN.value, _("no check-in")
    REPEATED_CHECK_IN = Flag.REPEATED_CHECK_IN.value, _("repeated check-in")
    DOUBTFUL_TIME = Flag.DOUBTFUL_TIME.value, _("doubtful time")
    FORGOTTEN_CHECK_OUT = Flag.FORGOTTEN_CHECK_OUT.value, _("check-out assumed")


BEGUN = Coalesce("entered_at", "left_at")
"""Of a visit: the first instant known of it."""


class Visit(models.Model):
    """One stay, as the fold of all events says today. `day` is its local date; `flags` the rules' words, by spaces."""

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"), db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    first_terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name=_("first terminal"), db_index=False)
    first_seq = models.PositiveBigIntegerField(_("first sequence number"))
    day = models.DateField(_("day"))
    entered_at = models.DateTimeField(_("entered at"), null=True)
    left_at = models.DateTimeField(_("left at"), null=True)
    flags = models.CharField(_("flags"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ("-day", "-entered_at", "-left_at")
        indexes = (
            models.Index(fields=("facility", "day"), name="visit_by_day"),
            models.Index("member", "facility", BEGUN, name="visit_by_member"),
            models.Index(fields=("facility", "entered_at"), condition=Q(left_at=None), name="visit_present"),
        )
        constraints = (
            models.UniqueConstraint(fields=("first_terminal", "first_seq"), name="visit_begun_once"),
            models.CheckConstraint(
                condition=Q(entered_at__isnull=False) | Q(left_at__isnull=False), name="visit_happened"
            ),
            models.CheckConstraint(
                condition=Q(entered_at=None) | Q(left_at=None) | Q(left_at__gte=F("entered_at")),
                name="visit_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return f"{self.member} {self.day}"

    def flag_words(self) -> list[str]:
        return [str(FlagWords(flag).label) for flag in self.flags.split()]

    def is_assumed(self) -> bool:
        """Whether nobody saw the way out."""
        return Flag.FORGOTTEN_CHECK_OUT.value in self.flags.split()


class PresentVisitManager(models.Manager["PresentVisit"]):
    def get_queryset(self) -> "models.QuerySet[PresentVisit]":
        return super().get_queryset().filter(left_at=None)


class PresentVisit(Visit):
    """A visit that has not ended: somebody who is inside now (C36)."""

    objects = PresentVisitManager()  # type: ignore[misc] # narrower than Visit's, which is the point

    class Meta:
        proxy = True
        verbose_name = _("person inside")
        verbose_name_plural = _("people inside now")
        ordering = ("entered_at",)
