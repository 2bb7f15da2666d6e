"""A new key for this terminal, so that an old one that was copied is worth nothing any more.

The new key is on disk before the server hears of it, and takes the place of the old one when the server has said yes.
Cut off at any step, the next call goes on from there: the server answers the same new key again, signed by either.
The old one is kept: a server restored from a backup knows no other, and takes the present one again at its word.
Not in here: the sentence the new key signs, which both ends agree on.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sync import identity
from sync.address import Service
from sync.clock import ServerTime
from sync.delivery import Delivered, Outcome, State
from sync.document import Document, instant
from sync.identity import Identity
from sync.outcome import Refused
from sync.transport import Link, insist

Statement = Callable[[UUID, bytes], bytes]
"""What the new key signs to show that it is there: of the terminal's id and the public key, 32 bytes."""

_LOOK = timedelta(minutes=1)


def rotate(directory: Path, service: Service, server_time: ServerTime, statement: Statement) -> None:
    """Raises NotEnrolled, ExposedFile, DamagedFile, Undelivered; then the old key goes on, until called again."""
    with identity.one_at_a_time(directory):
        present = identity.load(directory)
        coming = replace(present, key=identity.next_key(directory))
        body = _offer(coming, statement)
        try:
            answer = _post(present, service, server_time, body)
        except Refused as refused:
            if refused.code != "bad_signature":
                raise
            answer = _post(coming, service, server_time, body)  # the server said yes before, and the answer was lost
        identity.adopt_next_key(directory, instant(answer, "server_time"))


def offer_again(directory: Path, service: Service, server_time: ServerTime, statement: Statement) -> None:
    """To a server that knows the key before, which is no news to one that knows the present one.

    Where there was none before, nothing is asked. Raises NotEnrolled, ExposedFile, DamagedFile, Undelivered.
    """
    with identity.one_at_a_time(directory):
        present, before = identity.load(directory), identity.key_before(directory)
        if before is not None:
            _post(replace(present, key=before), service, server_time, _offer(present, statement))


def _offer(coming: Identity, statement: Statement) -> bytes:
    public = coming.key.public_key().public_bytes_raw()
    proof = coming.sign(statement(coming.terminal_id, public))
    return json.dumps({"public_key": b64encode(public).decode(), "proof": b64encode(proof).decode()}).encode()


def _post(who: Identity, service: Service, server_time: ServerTime, body: bytes) -> Document:
    with closing(Link(service, str(who.terminal_id), who.key, server_time)) as link:
        return insist(link, f"/api/v1/terminals/{who.terminal_id}/key", body)


class KeyKeeper:
    """Finishes a rotation that was begun, and begins one when the key is older than `greatest_age`, None never."""

    def __init__(
        self,
        directory: Path,
        service: Service,
        server_time: ServerTime,
        statement: Statement,
        greatest_age: timedelta | None,
    ) -> None:
        self._directory = directory
        self._service = service
        self._server_time = server_time
        self._statement = statement
        self._greatest_age = greatest_age

    def __call__(self, _: State) -> Outcome:
        if identity.has_next_key(self._directory) or self._is_old():
            rotate(self._directory, self._service, self._server_time, self._statement)
        return Delivered(_LOOK)

    def offer_again(self) -> None:
        """For when the server does not know the present key. Raises Undelivered, and what keys raise."""
        offer_again(self._directory, self._service, self._server_time, self._statement)

    def _is_old(self) -> bool:
        """By the server's time only: a terminal without a clock would else never or always have an old key."""
        if self._greatest_age is None or self._server_time.measured() is None:
            return False
        return self._server_time.now() - identity.key_made_at(self._directory) > self._greatest_age
