"""An invented facility with invented people, for demonstrations and trials.

Not in here: the command line, files. Nobody here exists; the card labels are those of the simulated cards.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import digest

from django.contrib.auth.models import User
from django.db import transaction

from server.members.models import CardLink, Member, Organisation, StandingWords
from server.terminals.enrolment import card_reference_key, issue_code
from server.terminals.models import Facility, Terminal, Way

ORGANISATIONS = ("架空工房株式会社", "みどり町デザイン学院")


@dataclass(frozen=True, slots=True)
class Person:
    """`number` is also the label of the card that stands for this member."""

    number: str
    name: str
    kana: str
    standing: StandingWords
    organisation: str | None = None


PEOPLE = (
    Person("active-1", "青葉 みのり", "あおば みのり", StandingWords.ACTIVE),
    Person("active-2", "春野 つばさ", "はるの つばさ", StandingWords.ACTIVE, ORGANISATIONS[0]),
    Person("active-3", "小鳥遊 うた", "たかなし うた", StandingWords.ACTIVE, ORGANISATIONS[0]),
    Person("active-4", "森野 こだま", "もりの こだま", StandingWords.ACTIVE, ORGANISATIONS[1]),
    Person("active-5", "Robin Finch", "ろびん ふぃんち", StandingWords.ACTIVE),
    Person("pending", "若葉 はじめ", "わかば はじめ", StandingWords.PENDING, ORGANISATIONS[1]),
    Person("suspended", "秋月 しずか", "あきづき しずか", StandingWords.SUSPENDED),
    Person("ended", "冬木 とおる", "ふゆき とおる", StandingWords.ENDED),
)


def card_reference(public_key_der: str) -> bytes:
    """How this server knows the card with this public key (base64 of its DER SubjectPublicKeyInfo)."""
    return digest(card_reference_key(), b64decode(public_key_der, validate=True), sha256)


@transaction.atomic
def set_up(facility_name: str, terminals: int, cards: Mapping[str, bytes], now: datetime) -> dict[str, object]:
    """Everything, or what of it is not there yet. Terminals not enrolled yet get a new code each time."""
    facility, _ = Facility.objects.get_or_create(name=facility_name, defaults={"shows_names": True})
    members = {person.number: _member(facility, person) for person in PEOPLE}
    for label, reference in cards.items():
        if label in members:
            CardLink.objects.get_or_create(card_reference=reference, defaults={"member": members[label]})
    return {
        "facility": {"id": str(facility.pk), "name": facility.name},
        "terminals": [_terminal(facility, number, now) for number in range(terminals)],
        "members": {label: str(member.pk) for label, member in members.items()},
        "cards": {label: reference.hex() for label, reference in cards.items()},
    }


def make_staff(name: str, password: str) -> None:
    """Somebody who may do everything at the console, marked as made for a demonstration."""
    user, _ = User.objects.get_or_create(username=name, defaults={"last_name": "（デモ用アカウント）"})
    user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()


def _member(facility: Facility, person: Person) -> Member:
    organisation = person.organisation and Organisation.objects.get_or_create(name=person.organisation)[0]
    member, _ = Member.objects.get_or_create(
        number=person.number,
        defaults={
            "home_facility": facility,
            "name": person.name,
            "kana": person.kana,
            "mail": f"{person.number}@member.example",
            "standing": person.standing,
            "organisation": organisation or None,
        },
    )
    return member


def _terminal(facility: Facility, number: int, now: datetime) -> dict[str, str | None]:
    """The first lets in, the second out, and so on."""
    direction = Way.OUT if number % 2 else Way.IN
    words = {Way.IN: "入室機", Way.OUT: "退室機"}[direction]
    terminal, _ = Terminal.objects.get_or_create(
        facility=facility, name=f"{words}{number // 2 + 1}", defaults={"direction": direction}
    )
    open_to_enrolment = terminal.public_key is None and terminal.revoked_at is None
    return {
        "id": str(terminal.pk),
        "name": terminal.name,
        "direction": terminal.direction,
        "code": issue_code(terminal, now) if open_to_enrolment else None,
    }
