"""A wire between a terminal and the server that does to each request what a bad network does, drawn by lot.

One request per connection, with a body of known length, as terminals make them. Fates are counted. Not in here: TLS,
and a network that is not there at all (tests/faults use namespaces for that).
"""

import asyncio
import contextlib
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from random import Random
from typing import Self

_LENGTH = re.compile(rb"^content-length: *(\d+)\r$", re.IGNORECASE | re.MULTILINE)
_AT_ONCE_RESET = struct.pack("ii", 1, 0)
_LONGEST_DELAY_SECONDS = 0.3
_READ_BYTES = 1 << 16
_PATIENCE_SECONDS = 40.0


@unique
class Fate(Enum):
    PASSED = "passed"
    REFUSED = "refused"
    CUT_GOING = "request cut"
    CUT_COMING = "answer cut"
    LOST_ANSWER = "answer lost"
    DOUBLED = "sent twice"
    DOUBLED_LATE = "sent again later"
    DELAYED = "delayed"


CHAOS: Mapping[Fate, int] = {
    Fate.PASSED: 40,
    Fate.REFUSED: 10,
    Fate.CUT_GOING: 10,
    Fate.CUT_COMING: 8,
    Fate.LOST_ANSWER: 12,
    Fate.DOUBLED: 8,
    Fate.DOUBLED_LATE: 4,
    Fate.DELAYED: 8,
}
PEACE: Mapping[Fate, int] = {Fate.PASSED: 1}


@dataclass(frozen=True, slots=True)
class _Answer:
    content: bytes

    @property
    def status(self) -> str:
        return self.content[9:12].decode("ascii", "replace")


class ChaosProxy:
    """A context. `weights` may be changed while it runs; `fates` counts requests, `repeats` how copies were answered."""

    def __init__(self, server_port: int, random: Random, weights: Mapping[Fate, int] = CHAOS) -> None:
        self.weights = weights
        self.fates: Counter[Fate] = Counter()
        self.repeats: Counter[str] = Counter()
        self._server_port = server_port
        self._random = random
        self._late: bytes | None = None
        self._loop = asyncio.new_event_loop()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, name="chaos proxy", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        del error
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listening.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._listening))
        self._loop.run_forever()
        server.close()
        waiting = asyncio.all_tasks(self._loop)
        for task in waiting:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if request := await _request(reader):
                [fate] = self._random.choices(list(self.weights), list(self.weights.values()))
                self.fates[fate] += 1
                await self._suffer(fate, request, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _suffer(self, fate: Fate, request: bytes, client: asyncio.StreamWriter) -> None:
        match fate:
            case Fate.REFUSED:
                _reset(client)
                return
            case Fate.CUT_GOING:
                await self._send_a_part(request)
                _reset(client)
                return
            case Fate.DELAYED:
                await asyncio.sleep(self._random.uniform(0, _LONGEST_DELAY_SECONDS))
        answer = await self._ask(request)
        match fate:
            case Fate.LOST_ANSWER:
                _reset(client)
                return
            case Fate.CUT_COMING:
                client.write(answer.content[: self._random.randrange(len(answer.content) or 1)])
                await client.drain()
                _reset(client)
                return
            case Fate.DOUBLED:
                copy = await self._repeat(request)
                answer = self._random.choice((answer, copy))
            case Fate.DOUBLED_LATE:
                late, self._late = self._late, request
                if late is not None:
                    await self._repeat(late)
        client.write(answer.content)
        await client.drain()

    async def _repeat(self, request: bytes) -> _Answer:
        answer = await self._ask(request)
        self.repeats[answer.status] += 1
        return answer

    async def _ask(self, request: bytes) -> _Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            writer.write(request)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return _Answer(await reader.read(-1))
        except TimeoutError as error:
            raise ConnectionError from error
        finally:
            writer.close()

    async def _send_a_part(self, request: bytes) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        writer.write(request[: self._random.randrange(len(request))])
        await writer.drain()
        _reset(writer)


async def _request(reader: asyncio.StreamReader) -> bytes:
    """The whole of it, made to ask for one answer only."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body


def _reset(writer: asyncio.StreamWriter) -> None:
    """The other side sees the connection reset instead of ended."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE_RESET)
    writer.transport.abort()
