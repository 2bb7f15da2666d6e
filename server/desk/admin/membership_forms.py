"""What the desk is asked before memberships change, and the words for what stands against it.

Not in here: the dates (members.changes), the pages (membership_dates).
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from server.desk.days import day_of_this_system
from server.members.changes import Obstacle, needed_at_desk
from server.members.models import LONGEST_CONDITIONS, Membership, Organisation
from visits.membership import DeskLink

MOST_MONTHS_AT_ONCE = 12
_DAY = {"type": "date"}

_OBSTACLES = {
    Obstacle.NO_MEMBERSHIP: _("There is no membership that the conditions could go with. Enter it first."),
    Obstacle.NO_MONTHLY_MEMBERSHIP: _("There is no monthly membership that this could change."),
    Obstacle.ENDS_BEFORE: _("The membership ends before that anyway. Renew it first if it is to go on."),
    Obstacle.HAS_NO_END: _("The membership has no last day, so that there is nothing to renew."),
    Obstacle.SAME_ALREADY: _("The membership is that already."),
    Obstacle.ANOTHER_IS_AHEAD: _("Another membership is entered for later. Delete it first if it shall not begin."),
    Obstacle.LINKS_NOBODY_AT_DESK: _(
        "This organisation wants nobody linked at the desk. Ask the member to apply with the contract code of a colleague."
    ),
    Obstacle.CARD_MISSING: _("A My Number Card has to be linked first: the organisation registered after 2024-04-06."),
}


_DESK_LINKS = {
    DeskLink.WITHOUT_CARD: _("proof of affiliation is enough"),
    DeskLink.CARD_NEEDED: _("proof of affiliation and of identity, and a linked My Number Card"),
    DeskLink.REFUSED: _("not at the desk: with the contract code of a colleague only"),
}


def about_desk_link(need: DeskLink) -> str:
    return str(_DESK_LINKS[need])


def about_obstacle(obstacle: Obstacle) -> str:
    return str(_OBSTACLES[obstacle])


class NoticeForm(forms.Form):
    day = forms.DateField(
        label=_("day of the notice"), widget=forms.DateInput(attrs=_DAY), validators=[day_of_this_system]
    )


class RenewalForm(forms.Form):
    """Nothing is asked but whether to."""


class PaymentForm(forms.Form):
    months = forms.IntegerField(label=_("months paid for"), min_value=1, max_value=MOST_MONTHS_AT_ONCE)


class SuspensionForm(forms.Form):
    reason = forms.CharField(label=_("reason, for staff"), max_length=200)


class ApprovalForm(forms.Form):
    conditions = forms.CharField(
        label=_("conditions"),
        max_length=LONGEST_CONDITIONS,
        required=False,
        help_text=_("Attached to the approval; for staff, they do not leave the server."),
    )


class SwitchForm(forms.Form):
    """Proof is asked for as the organisation's first day says (A20, A31)."""

    day = forms.DateField(
        label=_("day on which all is handed in"), widget=forms.DateInput(attrs=_DAY), validators=[day_of_this_system]
    )
    to = forms.ModelChoiceField(
        Organisation.objects, label=_("organisation"), required=False, empty_label=_("none: individual")
    )
    affiliation = forms.BooleanField(label=_("proof of affiliation was shown"), required=False)
    identity = forms.BooleanField(label=_("proof of identity was shown"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (to := cleaned.get("to")) is None:
            return cleaned
        need = needed_at_desk(to)
        if need is not DeskLink.REFUSED and not cleaned["affiliation"]:
            self.add_error("affiliation", _("Needed for this organisation."))
        if need is DeskLink.CARD_NEEDED and not cleaned["identity"]:
            self.add_error("identity", _("Needed for this organisation."))
        return cleaned


class CardForm(forms.Form):
    reference = forms.RegexField(r"^[0-9a-f]{64}$", label=_("card reference"), max_length=64, strip=True)
    in_place_of_others = forms.BooleanField(
        label=_("takes the place of the cards before"),
        required=False,
        initial=True,
        help_text=_("The terminal then says of those that another card took their place."),
    )


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg] # no generic at run time
    """The days of one member's memberships never meet, as they are after this form."""

    def clean(self) -> None:
        super().clean()
        kept = [form.instance for form in self.forms if self._stays(form)]
        if any(_meet(one, other) for index, one in enumerate(kept) for other in kept[:index]):
            raise ValidationError(_("Two memberships of a member never meet on a day."))

    def _stays(self, form: forms.ModelForm) -> bool:  # type: ignore[type-arg] # as above
        return bool(form.is_valid() and form.instance.first and not form.cleaned_data.get("DELETE"))


def _meet(one: Membership, other: Membership) -> bool:
    return one.meets(other)
