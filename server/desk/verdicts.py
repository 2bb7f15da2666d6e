"""Why the rules decide as they do, in words for staff: what it rests on, and what to do about it.

Not in here: the words a member reads at the terminal.
"""

from django.utils.translation import gettext_lazy as _

from visits.decision import Rule

_REASONS = {
    Rule.ACTIVE_MEMBER: _("The membership is active, the member is not inside, and the hours do not stand against it."),
    Rule.STAFF: _("Staff come in at any hour, however full the house is; limits do not count for them."),
    Rule.CAME_BACK: _("The member was here today already and comes back: that costs nothing more, and counts once."),
    Rule.OVER_LIMIT: _(
        "More people of this organisation are inside than come in without paying. The terminal names the drop-in fee "
        "first; the member may decline, and then nothing is recorded."
    ),
    Rule.BY_STAFF: _("Recorded by hand at reception, whatever the terminal would have said."),
    Rule.LEAVING_IS_FREE: _("Whoever is inside may leave at any time, also after closing."),
    Rule.CARD_NOT_LINKED: _("No card is linked to this member: the terminal would not know whose card it is."),
    Rule.CARD_REPLACED: _(
        "Another card took the place of this one. The member is to use the new card, or to link one."
    ),
    Rule.PENDING_APPROVAL: _(
        "The application waits for approval. The terminal sends the member to you; you may let them in by hand."
    ),
    Rule.SUSPENDED: _("The membership is suspended. Set the standing to active to let the member in again."),
    Rule.NOT_YET_BEGUN: _("The membership begins on a later day. Until then you may take the member in as a drop-in."),
    Rule.MEMBERSHIP_ENDED: _(
        "The membership has ended, or is not paid for any more. Enter its renewal or payment, and set the standing to "
        "active where it is not."
    ),
    Rule.RECEPTION_FIRST: _(
        "This member comes to reception first: a drop-in visitor to pay for the time declared, a member of a partner "
        "facility to show who they are. Once recorded there, the terminal lets them in and out."
    ),
    Rule.TOO_SOON: _("The member tapped a moment ago; a second tap by mistake does not count. Wait a few seconds."),
    Rule.ALREADY_IN: _("The member is already inside; a check-out is missing, or the member tapped twice."),
    Rule.NOT_IN: _("No check-in is known, so that there is nothing to check out of."),
    Rule.USES_IN_MONTH: _(
        "The member has used the house as often this month as is allowed. A limit of the member's own, entered with the "
        "membership, goes before that of the house."
    ),
    Rule.DAYS_IN_A_ROW: _(
        "The member has used the house as many days in a row as is allowed, and may come again after a day without. A "
        "limit of the member's own, entered with the membership, goes before that of the house."
    ),
    Rule.CLOSED: _(
        "The facility is closed then, or it is too late to come in before closing. The terminal says when it opens next."
    ),
    Rule.FULL: _("As many people are inside as the facility holds. The next one may come in when somebody leaves."),
}


def why(rule: Rule) -> str:
    return str(_REASONS[rule])
