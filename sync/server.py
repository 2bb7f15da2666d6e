"""The central server as an enrolled terminal sees it: what is asked of it, and at which paths.

Not in here: how a request gets there (transport), and what the answers mean.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from sync.address import Service
from sync.clock import Measured, ServerTime
from sync.document import Document
from sync.identity import Identity
from sync.outcome import UnreadableAnswer
from sync.transport import LIMITS, Limits, Link, Tagged


class Server(Protocol):
    """What delivery asks of the central server; the first two raise Undelivered."""

    def deliver(self, body: bytes) -> Document: ...

    def roster(self, cursor: str | None, *, tag: str | None, wait: int) -> Tagged | None:
        """None: still what it was under `tag`. The answer may take `wait` seconds."""

    def now(self) -> datetime:
        """The server's time as well as it is known."""

    def measured(self) -> Measured | None:
        """What the last answer that did not wait told of the server's time."""


class Transport:
    """A server over one connection; `identity` gives the terminal's present one, whose key may change."""

    def __init__(
        self, service: Service, identity: Callable[[], Identity], server_time: ServerTime, limits: Limits = LIMITS
    ) -> None:
        who = identity()
        self._identity = identity
        self._server_time = server_time
        self._link = Link(service, str(who.terminal_id), who.key, server_time, limits)

    def deliver(self, body: bytes) -> Document:
        who = self._sign()
        return self._link.post(f"/api/v1/terminals/{who.terminal_id}/events", body)

    def roster(self, cursor: str | None, *, tag: str | None = None, wait: int = 0) -> Tagged | None:
        self._sign()
        asked = ({} if cursor is None else {"cursor": cursor}) | ({"wait": str(wait)} if wait else {})
        return self._link.get("/api/v1/roster" + (f"?{urlencode(asked)}" if asked else ""), tag=tag, wait=wait)

    def rules(self) -> Document:
        """The facility's rules with their number. Raises Undelivered."""
        self._sign()
        answer = self._link.get("/api/v1/rules")
        if answer is None:
            raise UnreadableAnswer("answer", "says that nothing has changed since nothing")
        return answer.document

    def now(self) -> datetime:
        return self._server_time.now()

    def measured(self) -> Measured | None:
        return self._server_time.measured()

    def close(self) -> None:
        self._link.close()

    def _sign(self) -> Identity:
        who = self._identity()
        self._link.sign_as(str(who.terminal_id), who.key)
        return who
