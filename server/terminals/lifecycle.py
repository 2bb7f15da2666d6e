"""What becomes of an enrolled terminal: another key, a successor, an end, and a way back.

Not in here: how it is enrolled (enrolment), who may ask (the API, the desk).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction
from django.db.models import Q

from server.terminals.models import NAME_LENGTH, Terminal, lock_facility
from server.terminals.signature import TerminalRevokedError
from visits.statement import new_key_statement, successor_statement


class LifecycleRefusedError(Exception):
    """Why a terminal does not get what it asks for itself; each reason is a class of its own."""


class BadProofError(LifecycleRefusedError):
    """Whoever asks does not have the private half of the key it names."""


class KeyTakenError(LifecycleRefusedError):
    """The key is that of another terminal."""


class IdTakenError(LifecycleRefusedError):
    """There is a terminal of this id, and it is not this successor."""


@transaction.atomic
def rotate_key(terminal: Terminal, public_key: bytes, proof: bytes) -> None:
    """Gives the terminal another key (32 bytes, Ed25519). The same key again is no change: the answer may be lost.

    The key before is remembered, since a terminal that did not hear the answer asks again with it.
    Raises BadProofError, KeyTakenError.
    """
    _prove(public_key, new_key_statement(terminal.pk, public_key), proof)
    current = Terminal.objects.select_for_update(of=("self",)).get(pk=terminal.pk)
    if bytes(current.public_key or b"") == public_key:
        return
    current.previous_key, current.public_key = current.public_key, public_key
    _save_with_its_key(current, "public_key", "previous_key")


@transaction.atomic
def succeed(old: Terminal, new: UUID, public_key: bytes, proof: bytes, now: datetime) -> Terminal:
    """The terminal that goes on in the place of one whose disk was damaged; the same question gets the same answer.

    The old one may still deliver what is recovered from its disk. Raises BadProofError, IdTakenError, KeyTakenError,
    and TerminalRevokedError where that happened after it was let in to ask.
    """
    _prove(public_key, successor_statement(old.pk, new, public_key), proof)
    lock_facility(old.facility_id)
    if not Terminal.objects.filter(pk=old.pk, revoked_at=None).exists():
        raise TerminalRevokedError
    there = Terminal.objects.filter(pk=new).first()
    if there is not None:
        if there.succeeds_id != old.pk or bytes(there.public_key or b"") != public_key:
            raise IdTakenError
        return there
    successor = Terminal(
        pk=new,
        facility_id=old.facility_id,
        name=free_name(old),
        direction=old.direction,
        public_key=public_key,
        enrolled_at=now,
        succeeds=old,
    )
    _save_with_its_key(successor)
    return successor


@transaction.atomic
def replace(old: Terminal) -> Terminal:
    """A prepared terminal for the same door; it enrols with a code of its own."""
    lock_facility(old.facility_id)
    return Terminal.objects.create(facility_id=old.facility_id, name=free_name(old), direction=old.direction)


@transaction.atomic
def revoke(terminals: Sequence[Terminal], now: datetime) -> list[Terminal]:
    """Shuts out those of them that are not yet, and with each all that succeeded it or that it succeeded, and so on.

    Whoever has its key could make the former; keys of the latter may still be on its disk.
    """
    # A successor is there before, and is seen here, or finds its terminal revoked.
    for facility in sorted({terminal.facility_id for terminal in terminals}):
        lock_facility(facility)
    family: dict[UUID, Terminal] = {}
    found = list(terminals)
    while found:
        family |= {terminal.pk: terminal for terminal in found}
        kin = Terminal.objects.filter(Q(succeeds__in=family) | Q(successors__in=family))
        found = list(kin.exclude(pk__in=family))
    revoked = [terminal for terminal in family.values() if terminal.revoked_at is None]
    for terminal in revoked:
        terminal.revoked_at = now
        terminal.save(update_fields=("revoked_at",))
    return revoked


@transaction.atomic
def restore(terminals: Sequence[Terminal]) -> list[Terminal]:
    """Lets those of them back in that were shut out, and no other."""
    restored = [terminal for terminal in terminals if terminal.revoked_at is not None]
    for terminal in restored:
        terminal.revoked_at = None
        terminal.save(update_fields=("revoked_at",))
    return restored


def free_name(old: Terminal) -> str:
    """The name of `old` with the first number from 2 that no terminal of the facility has.

    For use while the facility is locked.
    """
    taken = set(Terminal.objects.filter(facility_id=old.facility_id).values_list("name", flat=True))
    endings = (f" {number}" for number in range(2, len(taken) + 3))
    return next(name for ending in endings if (name := old.name[: NAME_LENGTH - len(ending)] + ending) not in taken)


def _prove(public_key: bytes, statement: bytes, proof: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(proof, statement)
    except InvalidSignature as error:
        raise BadProofError from error


def _save_with_its_key(terminal: Terminal, *fields: str) -> None:
    try:
        with transaction.atomic():
            terminal.save(update_fields=fields or None)
    except IntegrityError as error:
        raise KeyTakenError from error
