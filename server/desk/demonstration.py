"""An invented facility with invented people, for demonstrations and trials.

Not in here: the command line, files. Nobody here exists; the card labels are those of the simulated cards.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from hmac import digest

from django.contrib.auth.models import User
from django.db import transaction

from server.members.models import (
    KIND_THROUGH,
    CardLink,
    KindWords,
    Member,
    Membership,
    Organisation,
    OrganisationKind,
    StandingWords,
)
from server.terminals.enrolment import card_reference_key, issue_code
from server.terminals.models import Facility, Terminal, Way
from visits.calendar import house_day

SINCE = date(2024, 4, 1)
MAKERS, SCHOOL, PARTNER = "架空工房株式会社", "みどり町デザイン学院", "となり町コワーキング"
ORGANISATIONS = {
    MAKERS: OrganisationKind.GENERAL,
    SCHOOL: OrganisationKind.SCHOOL,
    PARTNER: OrganisationKind.PARTNER,
}
REPLACED = sha256(b"the card before of active-5").digest()
"""As the reference of a card that exists nowhere."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """`first` and `last` are days from the day of the demonstration; None for long since, and for no end."""

    kind: KindWords
    first: int | None = None
    last: int | None = None


ALONE = Belonging(KindWords.INDIVIDUAL)


@dataclass(frozen=True, slots=True)
class Person:
    """`number` is also the label of the card that stands for this member. Through an organisation one belongs as it does."""

    number: str
    name: str
    kana: str
    standing: StandingWords = StandingWords.ACTIVE
    through: str | None = None
    belonging: Belonging = ALONE


PEOPLE = (
    Person("active-1", "青葉 みのり", "あおば みのり"),
    Person("active-2", "春野 つばさ", "はるの つばさ", through=MAKERS),
    Person("active-3", "小鳥遊 うた", "たかなし うた", through=MAKERS),
    Person("active-4", "森野 こだま", "もりの こだま", through=SCHOOL),
    Person("active-5", "Robin Finch", "ろびん ふぃんち"),
    Person("pending", "若葉 はじめ", "わかば はじめ", StandingWords.PENDING, SCHOOL),
    Person("suspended", "秋月 しずか", "あきづき しずか", StandingWords.SUSPENDED),
    Person(
        "ended", "冬木 とおる", "ふゆき とおる", StandingWords.ENDED, belonging=Belonging(KindWords.INDIVIDUAL, last=-1)
    ),
    Person("corporate-3", "野原 ひばり", "のはら ひばり", through=MAKERS),
    Person("corporate-4", "沢辺 せせらぎ", "さわべ せせらぎ", through=MAKERS),
    Person("partner", "隣野 かける", "となりの かける", through=PARTNER),
    Person("daily", "日向 まひる", "ひなた まひる", belonging=Belonging(KindWords.DAILY, 0, 0)),
    Person("drop-in", "旅路 ゆく", "たびじ ゆく", belonging=Belonging(KindWords.DROP_IN)),
    Person("staff", "受付 まどか", "うけつけ まどか", belonging=Belonging(KindWords.STAFF)),
    Person("not-begun", "明日 のぞみ", "あした のぞみ", belonging=Belonging(KindWords.INDIVIDUAL, 1)),
    Person("lapsed", "昨日 すぎる", "きのう すぎる", belonging=Belonging(KindWords.INDIVIDUAL, last=-1)),
)


def card_reference(public_key_der: str) -> bytes:
    """How this server knows the card with this public key (base64 of its DER SubjectPublicKeyInfo)."""
    return digest(card_reference_key(), b64decode(public_key_der, validate=True), sha256)


@transaction.atomic
def set_up(facility_name: str, terminals: int, cards: Mapping[str, bytes], now: datetime) -> dict[str, object]:
    """Everything, or what of it is not there yet. Terminals not enrolled yet get a new code each time."""
    facility, _ = Facility.objects.get_or_create(name=facility_name, defaults={"shows_names": True})
    members = {person.number: _member(facility, person, house_day(now)) for person in PEOPLE}
    for label, reference in cards.items():
        if label in members:
            CardLink.objects.get_or_create(card_reference=reference, defaults={"member": members[label]})
    replaced = {"member": members["active-5"], "replaced_at": now}
    CardLink.objects.get_or_create(card_reference=REPLACED, defaults=replaced)
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


def _member(facility: Facility, person: Person, today: date) -> Member:
    member, made = Member.objects.get_or_create(
        number=person.number,
        defaults={
            "home_facility": facility,
            "name": person.name,
            "kana": person.kana,
            "mail": f"{person.number}@member.example",
            "standing": person.standing,
        },
    )
    is_over = person.belonging.kind is KindWords.DAILY and not member.memberships.filter(last__gte=today).exists()
    if made or is_over:
        _belong(member, person, today)
    return member


def _belong(member: Member, person: Person, today: date) -> None:
    kind, organisation = person.belonging.kind, None
    if person.through:
        of = ORGANISATIONS[person.through]
        kind = KIND_THROUGH[of]
        defaults = {"kind": of, "registered_on": SINCE}
        organisation, _ = Organisation.objects.get_or_create(name=person.through, defaults=defaults)
    first = SINCE if person.belonging.first is None else today + timedelta(days=person.belonging.first)
    last = None if person.belonging.last is None else today + timedelta(days=person.belonging.last)
    Membership.objects.create(member=member, kind=kind, organisation=organisation, first=first, last=last)


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
