"""The code with which staff get to their screens at the terminal: eight digits, kept as an Argon2id hash.

A terminal without one has no staff mode. Not in here: how often one may be typed (kiosk.staff).
"""

import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from cardreader.pin import Pin
from kiosk.flow.states import CODE_LENGTH
from sync import secret_file

CODE_FILE: Final = "staff_code"

_SALT_BYTES = 16
_TAG_BYTES = 32
_MEMORY_KIBIBYTES, _PASSES = 65536, 3  # RFC 9106, second recommended option, on one lane: 0.1 s of a small machine
_KEPT = re.compile(r"\$argon2id\$v=19\$m=\d{1,7},t=\d{1,2},p=\d\$[\w+/]{22}\$[\w+/]{43}", re.ASCII)


class UnusableCode(Exception):  # noqa: N818 - named for what happened
    """The sentence says why; the code is not quoted."""


def asked_for(answer: Callable[[str], str]) -> Pin:
    """Twice, by whatever reads without an echo; the caller wipes it. Raises UnusableCode."""
    once, again = answer("New staff code, eight digits: "), answer("Once more: ")
    if once != again:
        raise UnusableCode("the two codes are not the same")
    if len(once) != CODE_LENGTH or not (once.isascii() and once.isdigit()):
        raise UnusableCode("a staff code has eight digits")
    code = Pin(CODE_LENGTH)
    for digit in once:
        code.push(int(digit))
    return code


def keep(directory: Path, code: Pin) -> None:
    """In the place of the one before; the caller wipes `code`.

    Raises UnusableCode, OSError, and ValueError for an incomplete code.
    """
    kdf = Argon2id(
        salt=token_bytes(_SALT_BYTES), length=_TAG_BYTES, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIBIBYTES
    )
    with code.digits() as digits:
        if _is_guessable(digits):
            raise UnusableCode("others would guess this staff code; take another")
        kept = kdf.derive_phc_encoded(digits)
    secret_file.replace(directory / CODE_FILE, kept.encode())
    owner = directory.stat()
    os.chown(directory / CODE_FILE, owner.st_uid, -1)  # or the code root gave would open to nobody


def forget(directory: Path) -> None:
    """Staff mode is off, whether or not it was on."""
    (directory / CODE_FILE).unlink(missing_ok=True)


def is_right(directory: Path, code: Pin) -> bool:
    """The caller wipes `code`. Raises ExposedFile, DamagedFile, OSError, and ValueError for an incomplete code."""
    path = directory / CODE_FILE
    kept = secret_file.read(path).decode("ascii", "replace")
    if not _KEPT.fullmatch(kept):
        raise secret_file.DamagedFile(path)
    try:
        with code.digits() as digits:
            Argon2id.verify_phc_encoded(digits, kept)
    except InvalidKey:
        return False
    return True


def _is_guessable(digits: bytes) -> bool:
    """Tried first by whoever tries: one digit, a row of neighbours, and the same half twice."""
    half = CODE_LENGTH // 2
    return digits[:half] == digits[half:] or all(abs(after - before) <= 1 for before, after in pairwise(digits))
