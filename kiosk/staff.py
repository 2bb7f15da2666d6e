"""Staff's way in at the terminal: the code they type, and what they then see of how it stands.

The code is eight digits, kept as an Argon2id hash in the data directory; a terminal without one has no staff mode. Too
many wrong ones close it for a while, so that nobody tries them all. Not in here: the gesture and the screens (kiosk.ui).
"""

import logging
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from secrets import token_bytes
from typing import Final, cast

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from cardreader.pin import Pin
from kiosk.flow.checks import Check
from kiosk.flow.states import CODE_LENGTH, CodeProblem
from kiosk.rounds import look_over
from kiosk.settings import Settings
from sync import secret_file

log = logging.getLogger(__name__)

CODE_FILE: Final = "staff_code"
TRIES: Final = 5
LOCKED_SECONDS: Final = 300.0

_SALT_BYTES = 16
_TAG_BYTES = 32
_MEMORY_KIBIBYTES, _PASSES = 65536, 3  # RFC 9106, second recommended option, on one lane: 0.1 s of a small machine


class GuessableCode(Exception):  # noqa: N818 - named for what happened
    """One of the codes that are tried first, such as a row of neighbours. It is not quoted."""


def keep_code(directory: Path, code: Pin) -> None:
    """In the place of the one before; the caller wipes `code`.

    Raises GuessableCode, OSError, and ValueError for an incomplete code.
    """
    digits = bytearray(CODE_LENGTH)
    try:
        code.copy_into(memoryview(digits))
        if all(abs(after - before) <= 1 for before, after in pairwise(digits)):
            raise GuessableCode
        kdf = Argon2id(
            salt=token_bytes(_SALT_BYTES), length=_TAG_BYTES, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIBIBYTES
        )
        secret_file.replace(directory / CODE_FILE, kdf.derive_phc_encoded(cast("bytes", digits)).encode())
    finally:
        digits[:] = bytes(CODE_LENGTH)


class StaffDesk:
    """`monotonic` in seconds. `has_sound` says whether there is a sound device."""

    def __init__(self, settings: Settings, *, monotonic: Callable[[], float], has_sound: Callable[[], bool]) -> None:
        self._settings = settings
        self._path = settings.terminal.data_directory / CODE_FILE
        self._monotonic = monotonic
        self._has_sound = has_sound
        self._wrong = 0
        self._locked_until = 0.0

    def has_code(self) -> bool:
        return self._path.is_file()

    def judge(self, code: Pin) -> CodeProblem | None:
        """None lets them in. Raises ExposedFile, DamagedFile, OSError; the caller wipes `code`."""
        if self._monotonic() < self._locked_until:
            return CodeProblem.LOCKED
        if self._is_right(code):
            self._wrong = 0
            return None
        self._wrong += 1
        if self._wrong < TRIES:
            return CodeProblem.WRONG
        self._wrong = 0
        self._locked_until = self._monotonic() + LOCKED_SECONDS
        return CodeProblem.LOCKED

    def look_over(self) -> tuple[Check, ...]:
        """Takes as long as asking reader and database does."""
        return look_over(self._settings, has_sound=self._has_sound())

    def _is_right(self, code: Pin) -> bool:
        kept = secret_file.read(self._path).decode("ascii", "replace")
        digits = bytearray(CODE_LENGTH)
        try:
            code.copy_into(memoryview(digits))
            Argon2id.verify_phc_encoded(cast("bytes", digits), kept)
        except InvalidKey:
            return False
        except ValueError as error:
            raise secret_file.DamagedFile(self._path) from error
        finally:
            digits[:] = bytes(CODE_LENGTH)
        return True
