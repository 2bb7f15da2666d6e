"""What happened and what to do, for the staff who find a rejected record or an alarm at the console.

Not in here: the short words for lists (models).
"""

from django.utils.translation import gettext_lazy as _

from server.ledger.models import AlarmKind, Rejection

_REJECTIONS = {
    Rejection.UNREADABLE: _(
        "The server did not understand this record. It is kept as it came. If the terminal is newer than the server, "
        "update the server and try again; if not, look at the record, correct the visit by hand and close this."
    ),
    Rejection.UNKNOWN_MEMBER: _(
        "The member this record names is not known here. If the member was deleted by mistake, enter the same member "
        "again and try again; if not, close this with a note."
    ),
    Rejection.IMPLAUSIBLE_TIME: _(
        "The time of this record is in no year of this system: the terminal's clock was wrong. Ask the member when it "
        "was, correct the visit by hand and close this with a note."
    ),
    Rejection.LOST: _(
        "The terminal's storage was damaged and this record could not be saved. Nobody knows whose visit it was. Look "
        "at the visits around it for one that does not end or does not begin, and close this with a note."
    ),
    Rejection.VOIDED: _(
        "Staff took this passage back: it is kept as it came, and makes no visit. Why is written in the note. If that was "
        "a mistake, record the passage at the desk."
    ),
}
_ALARMS = {
    AlarmKind.CONFLICT: _(
        "The terminal sent another record under a number that is taken. The first is kept and counted, this one only "
        "kept. An old copy of the terminal's storage may be in use: take the terminal out of service and enrol it anew."
    ),
    AlarmKind.GAP: _(
        "Records of this terminal are missing. Where it declared them destroyed, they are named and the rest goes on; "
        "where not, nothing more is taken from it until they arrive: have the terminal looked at."
    ),
    AlarmKind.BROKEN_CHAIN: _(
        "This record does not follow the one before it: it was changed, or it comes from another terminal. Nothing "
        "more is taken from this terminal. Take it out of service, keep its storage, and enrol it anew."
    ),
}


def about_rejection(rejection: Rejection) -> str:
    return str(_REJECTIONS[rejection])


def about_alarm(kind: AlarmKind) -> str:
    return str(_ALARMS[kind])
