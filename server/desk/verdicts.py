"""Why the rules decide as they do, in words for staff: what it rests on, and what to do about it.

Not in here: the words a member reads at the terminal.
"""

from django.utils.translation import gettext_lazy as _

from visits.decision import Rule

_REASONS = {
    Rule.ACTIVE_MEMBER: _("The membership is active, the member is not inside, and the hours do not stand against it."),
    Rule.LEAVING_IS_FREE: _("Whoever is inside may leave at any time, also after closing."),
    Rule.CARD_NOT_LINKED: _("No card is linked to this member: the terminal would not know whose card it is."),
    Rule.PENDING_APPROVAL: _(
        "The application waits for approval. The terminal sends the member to you; you may let them in by hand."
    ),
    Rule.SUSPENDED: _("The membership is suspended. Set the standing to active to let the member in again."),
    Rule.MEMBERSHIP_ENDED: _("The membership has ended. Set the standing to active once it is renewed."),
    Rule.ALREADY_IN: _("The member is already inside; a check-out is missing, or the member tapped twice."),
    Rule.NOT_IN: _("No check-in is known, so that there is nothing to check out of."),
    Rule.CLOSED: _(
        "The facility is closed then, or it is too late to come in before closing. The terminal says when it opens next."
    ),
}


def why(rule: Rule) -> str:
    return str(_REASONS[rule])
