"""Members by the hundred for a server of a demonstration, with cards that are known by their number.

`python -m server manage shell -c "from machine.crowd import join; join(300)"` makes them. Not in here: their keys; a
card is only the reference by which the server and the terminals know it.
"""

from hashlib import sha256
from uuid import NAMESPACE_OID, UUID, uuid5


def member(number: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"member of the crowd {number}")


def card(number: int) -> bytes:
    return sha256(f"card of the crowd {number}".encode()).digest()


def join(many: int) -> None:
    """Inside the server: so many active members of its one facility."""
    from server.members.models import CardLink, Member, StandingWords
    from server.terminals.models import Facility

    facility = Facility.objects.get()
    Member.objects.bulk_create(
        Member(
            pk=member(number),
            home_facility=facility,
            number=f"crowd-{number}",
            name=f"群れ {number}",
            standing=StandingWords.ACTIVE,
        )
        for number in range(many)
    )
    CardLink.objects.bulk_create(
        CardLink(card_reference=card(number), member_id=member(number)) for number in range(many)
    )
