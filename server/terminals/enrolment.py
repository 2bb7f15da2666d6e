"""How a prepared terminal becomes an enrolled one: staff issue a code, the terminal offers it with its public key.

Not in here: the proof that the terminal has the private key (signature), forms and answers.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.encoding import force_bytes

from server.keyfile import load_or_create
from server.terminals.models import EnrolmentCode, FailedEnrolment, Terminal

LIFETIME = timedelta(hours=24)
ATTEMPTS = 10
ATTEMPTS_WINDOW = timedelta(minutes=10)

# Crockford's base 32: no I, L, O, U. Twelve of them are 60 bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("ILO", "110", "- ")
_GROUPS, _GROUP_LENGTH = 3, 4


class EnrolmentRefusedError(Exception):
    """Why a code is not taken; each reason is a class of its own."""


class CodeUnknownError(EnrolmentRefusedError):
    pass


class CodeUsedOrExpiredError(EnrolmentRefusedError):
    pass


class KeyInUseError(EnrolmentRefusedError):
    """The offered key is that of another terminal."""


class TooManyAttemptsError(EnrolmentRefusedError):
    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"too many wrong codes from this address, again in {retry_after}")
        self.retry_after = retry_after


class AlreadyEnrolledError(Exception):
    """A terminal changes its key by itself, so it gets no second code; the desk gets none at all."""


def issue_code(terminal: Terminal, now: datetime) -> str:
    """A new code for the terminal, in place of any before; shown once and kept nowhere. Raises AlreadyEnrolledError."""
    if terminal.is_desk or terminal.public_key is not None or terminal.revoked_at is not None:
        raise AlreadyEnrolledError
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    EnrolmentCode.objects.update_or_create(
        terminal=terminal, defaults={"code_hash": _hash(code), "expires_at": now + LIFETIME}
    )
    return code


def limit_attempts(address: str, now: datetime) -> None:
    """Raises TooManyAttemptsError where too many wrong codes came from this address lately."""
    FailedEnrolment.objects.filter(at__lt=now - ATTEMPTS_WINDOW).delete()
    if FailedEnrolment.objects.filter(address=address).count() >= ATTEMPTS:
        raise TooManyAttemptsError(ATTEMPTS_WINDOW)


def find_terminal(code: str, address: str, now: datetime) -> Terminal:
    """The terminal this code was issued for. Raises CodeUnknownError, which counts against the address.

    What is looked up is a keyed hash: how long the database takes tells nothing about the code.
    """
    try:
        found = EnrolmentCode.objects.select_related("terminal__facility").get(code_hash=_hash(code))
    except EnrolmentCode.DoesNotExist as error:
        FailedEnrolment.objects.create(address=address, at=now)
        raise CodeUnknownError from error
    return found.terminal


@transaction.atomic
def enrol(terminal: Terminal, public_key: bytes, now: datetime) -> None:
    """Gives the terminal its key (32 bytes, Ed25519). The same key again is no change: the first answer may be lost.

    Raises CodeUsedOrExpiredError, KeyInUseError.
    """
    current = Terminal.objects.select_for_update(of=("self",)).select_related("enrolment_code").get(pk=terminal.pk)
    if current.revoked_at is not None:
        raise CodeUsedOrExpiredError
    if current.public_key is not None:
        if not hmac.compare_digest(bytes(current.public_key), public_key):
            raise CodeUsedOrExpiredError
        return
    if current.enrolment_code.expired(now):
        raise CodeUsedOrExpiredError
    current.public_key, current.enrolled_at = public_key, now
    try:
        with transaction.atomic():
            current.save(update_fields=("public_key", "enrolled_at"))
    except IntegrityError as error:
        raise KeyInUseError from error


def card_reference_key() -> bytes:
    """The 32-byte key under which this server and all its terminals know cards. Never in the database."""
    return load_or_create(settings.CARD_REFERENCE_KEY_FILE, size=32)


def _hash(code: str) -> bytes:
    typed = code.upper().translate(_LOOKALIKES)
    return hmac.digest(b"enrolment code" + force_bytes(settings.SECRET_KEY), typed.encode(), hashlib.sha256)
