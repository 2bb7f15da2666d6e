"""Telling the server that this identity takes the place of another, whose queue was damaged.

The old identity asks for it: its key is kept for that, and for what is recovered. Not in here: making the new identity
(lineage), and the sentence its key signs.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

from sync import identity
from sync.address import Service
from sync.clock import ServerTime
from sync.identity import Identity
from sync.lineage import confirm, predecessor, reopen
from sync.outcome import Refused
from sync.transport import Link, insist

Statement = Callable[[UUID, UUID, bytes], bytes]
"""What the new key signs to show that it is there: of the old id, the new id, and the public key, 32 bytes."""


def register(
    directory: Path, folder_of: Callable[[UUID], Path], where: Service, time: ServerTime, sign: Statement
) -> None:
    """Tell the server whom this identity succeeds; afterwards `predecessor` is None. Repeating is safe.

    `folder_of` an old identity is where its key is kept. Where the server knows not even the old one, because that one
    was never registered either or the server has forgotten it, the old one is first. Raises Undelivered, NotEnrolled, ExposedFile, DamagedFile.
    """
    old_id = predecessor(directory)
    if old_id is None:
        return
    new, old = identity.load(directory), identity.load(folder_of(old_id))
    try:
        _post(old, new, where, time, sign)
    except Refused as refused:
        match refused.code:
            case "unknown_terminal" if reopen(folder_of(old_id)):
                register(folder_of(old_id), folder_of, where, time, sign)
                _post(old, new, where, time, sign)
            case "id_in_use" if _is_known(new, where, time):
                pass  # the answer was lost, and the key has been changed since
            case _:
                raise
    confirm(directory)


def _is_known(new: Identity, where: Service, time: ServerTime) -> bool:
    """Whether the server takes this id with this key for one of its terminals."""
    try:
        with closing(Link(where, str(new.terminal_id), new.key, time)) as link:
            link.get("/api/v1/roster")
    except Refused:
        return False
    return True


def _post(old: Identity, new: Identity, where: Service, time: ServerTime, sign: Statement) -> None:
    public = new.key.public_key().public_bytes_raw()
    proof = new.sign(sign(old.terminal_id, new.terminal_id, public))
    body = {
        "terminal": str(new.terminal_id),
        "public_key": b64encode(public).decode(),
        "proof": b64encode(proof).decode(),
    }
    with closing(Link(where, str(old.terminal_id), old.key, time)) as link:
        insist(link, f"/api/v1/terminals/{old.terminal_id}/successor", json.dumps(body).encode())
