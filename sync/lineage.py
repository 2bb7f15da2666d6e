"""Whose place an identity takes, in the identity's own file.

A damaged queue does not know how far it had counted, so nothing may be numbered under its identity any more. A new one is
made on the terminal at once, without the server, and names the one it succeeds, also after the server has confirmed it: one
restored from a backup has to be told again. Not in here: telling the server (succession), and the damage.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID, uuid4

from sync import identity, secret_file
from sync.identity import IDENTITY_FILE
from sync.secret_file import DamagedFile

_SUCCEEDS = "succeeds"
_SUCCEEDED = "succeeded"


def draft(old: Path, new: Path) -> UUID:
    """A successor of the identity in the folder `old`, written into the folder `new`; its id.

    Raises NotEnrolled, ExposedFile, DamagedFile: an identity that is not whole can name no successor.
    """
    before = identity.load(old)
    successor = uuid4()
    told = {
        "terminal": str(successor),
        "facility": {"id": str(before.facility.id), "name": before.facility.name},
        _SUCCEEDS: str(before.terminal_id),
    }
    identity.own_key(new)
    secret_file.create(new / IDENTITY_FILE, _written(told))
    return successor


def predecessor(directory: Path) -> UUID | None:
    """Whom this identity succeeds without the server having confirmed it. Raises NotEnrolled, DamagedFile, ExposedFile."""
    identity.load(directory)
    return _predecessor(_told(directory))


def confirm(directory: Path) -> None:
    """The server knows whose place this identity takes."""
    _rename(directory, _SUCCEEDS, _SUCCEEDED)


def confirmed(directory: Path) -> bool:
    """Whether this identity took the place of another, and the server once knew."""
    return _SUCCEEDED in _told(directory)


def reopen(directory: Path) -> bool:
    """The server does not know it any more. Whether there is a predecessor to tell of."""
    _rename(directory, _SUCCEEDED, _SUCCEEDS)
    return _SUCCEEDS in _told(directory)


def _rename(directory: Path, before: str, after: str) -> None:
    told = _told(directory)
    if before in told:
        told[after] = told.pop(before)
        secret_file.replace(directory / IDENTITY_FILE, _written(told))


def _told(directory: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads(secret_file.read(directory / IDENTITY_FILE))
    return told


def _predecessor(told: dict[str, object]) -> UUID | None:
    value = told.get(_SUCCEEDS)
    try:
        return None if value is None else UUID(str(value))
    except ValueError:
        raise DamagedFile(Path(IDENTITY_FILE)) from None


def _written(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1).encode()
