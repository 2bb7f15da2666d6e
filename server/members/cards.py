"""Linking a card to a member, alone or in the place of the cards before.

Not in here: the proof that a card is what it says, which is made where it can be read (cardreader).
"""

from datetime import datetime

from django.db import transaction

from server.members.models import CardLink, Member
from server.terminals.models import lock_facility

REFERENCE_LENGTH = 32


class CardOfAnotherError(Exception):
    """The card is `member`'s, who has to be asked first."""

    def __init__(self, member: Member) -> None:
        super().__init__(member.number)
        self.member = member


@transaction.atomic
def link(member: Member, reference: bytes, now: datetime, *, in_place_of_others: bool) -> CardLink:
    """Where the card is the member's already, it is in use again. Raises CardOfAnotherError."""
    lock_facility(member.home_facility_id)
    known = CardLink.objects.select_related("member").filter(card_reference=reference).first()
    if known is not None and known.member_id != member.pk:
        raise CardOfAnotherError(known.member)
    if in_place_of_others:
        for card in member.cards.filter(replaced_at=None):
            card.replaced_at = now
            card.save()
    card = known or CardLink(member=member, card_reference=reference)
    card.replaced_at = None
    card.save()
    return card
