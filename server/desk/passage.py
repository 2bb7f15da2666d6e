"""Letting a member in or out by hand: what the door would decide, and the record of what staff decide (A14, A30).

A member whom the door would refuse can be let in with a reason; who needs no card here. Not in here: how the desk is
asked, and the record itself (ledger.corrections).
"""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from server.desk.trial import try_tap
from server.house.rulebook import rulebook_of
from server.ledger.corrections import record_passage
from server.ledger.models import Event
from server.members.models import Member
from server.members.terms import member_of
from server.terminals.models import lock_facility
from visits.decision import Decision, Direction, Refused, Rule, decide
from visits.event import Kind

_KINDS = {Direction.IN: Kind.CHECK_IN, Direction.OUT: Kind.CHECK_OUT}


class ReasonMissingError(Exception):
    """The door would refuse by this rule: staff say why they do otherwise."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.value)
        self.rule = rule


def at_the_door(member: Member, at: datetime) -> dict[Direction, Decision]:
    """As a terminal would decide of this member with a card, whichever it was."""
    situation = replace(try_tap(member, at).situation, card_replaced=False)
    rulebook, known = rulebook_of(member.home_facility_id), member_of(member)
    return {way: decide(way, known, situation, rulebook, at) for way in Direction}


@transaction.atomic
def let_pass(member: Member, way: Direction, at: datetime, word: tuple[str, str], now: datetime) -> Event:
    """`word` is the account and its note, which may be empty where the door would let the member pass.

    Raises ReasonMissingError, AheadOfTimeError.
    """
    lock_facility(member.home_facility_id)
    by, note = word
    decision = at_the_door(member, at)[way]
    if isinstance(decision, Refused) and not note:
        raise ReasonMissingError(decision.rule)
    return record_passage(member.home_facility, member, _KINDS[way], at, by, note, now)
