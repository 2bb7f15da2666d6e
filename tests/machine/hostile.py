"""Cards that answer anything, as hypothesis draws it, and a witness of what programs send to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from cardreader.apdu import StatusWord
from cardreader.errors import CardInUse, CardRemoved, CardTooSlow, CardUnresponsive
from cardreader.ports import Card
from cardreader.simulated.chip import Chip
from machine.cards import PIN

_VERIFY: Final = 0x20
_COMMAND_WITH_LE: Final = 5
_STATUS_BYTES: Final = 2
_FAILURES: Final = (CardRemoved, CardUnresponsive, CardInUse, CardTooSlow)

statuses = st.one_of(
    st.just(int(StatusWord.OK)),
    st.sampled_from(StatusWord).map(int),
    st.integers(0x63C0, 0x63CF),
    st.integers(0x6100, 0x61FF),
    st.integers(0x6C00, 0x6CFF),
    st.integers(0x9100, 0x91FF),
    st.integers(0, 0xFFFF),
).map(lambda status: status.to_bytes(2))


def answers(*data: bytes) -> st.SearchStrategy[bytes]:
    """With one of `data`, or what is made of it, or anything."""
    told = st.one_of(st.just(b""), st.binary(max_size=300), *(damaged(each) for each in data))
    return st.one_of(st.builds(bytes.__add__, told, statuses), st.binary(max_size=3))


def damaged(octets: bytes) -> st.SearchStrategy[bytes]:
    """Cut short, with a byte or two changed, with some bytes more, or as they are."""
    places = st.lists(st.tuples(st.integers(0, max(len(octets) - 1, 0)), st.integers(0, 255)), max_size=3)
    return st.builds(
        lambda changes, end, more: _changed(octets, changes)[:end] + more,
        places,
        st.one_of(st.just(len(octets)), st.integers(0, len(octets))),
        st.one_of(st.just(b""), st.binary(max_size=8)),
    )


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one answer: cut behind so many bytes, status and all, or only its data; changed; or never given."""

    cut: int | None = None
    data_cut: int | None = None
    changed: tuple[tuple[int, int], ...] = ()
    status: bytes | None = None
    failure: int | None = None

    def applied(self, answer: bytes) -> bytes:
        if self.failure is not None:
            raise _FAILURES[self.failure]("as the hostile card wants it")
        data, status = answer[:-_STATUS_BYTES], answer[-_STATUS_BYTES:]
        if self.cut is not None:
            return answer[: self.cut]
        return _changed(data[: self.data_cut], list(self.changed)) + (self.status or status)


_no_fault = st.just(Fault())
_one_fault = st.one_of(
    st.builds(Fault, cut=st.integers(0, 258)),
    st.builds(Fault, data_cut=st.integers(0, 256)),
    st.builds(Fault, changed=st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=3).map(tuple)),
    st.builds(Fault, status=statuses),
    st.builds(Fault, failure=st.integers(0, len(_FAILURES) - 1)),
)
faults = st.lists(st.one_of(_no_fault, _no_fault, _one_fault), max_size=24)


class Babbler:
    """Answers what it was told to, one after the other, and then 6F00 for ever."""

    def __init__(self, atr: bytes, prepared: Sequence[bytes]) -> None:
        self.atr = atr
        self._prepared = iter(prepared)

    def transmit(self, command: bytes | bytearray) -> bytes:
        return next(self._prepared, StatusWord.NO_DIAGNOSIS.to_bytes(2))

    def close(self) -> None: ...


class Saboteur:
    """A good card whose answers suffer: one fault for each, as long as there are any."""

    def __init__(self, chip: Chip, sabotage: Sequence[Fault]) -> None:
        chip.power_on()
        self._chip = chip
        self._sabotage = iter(sabotage)

    @property
    def atr(self) -> bytes:
        return self._chip.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        return next(self._sabotage, Fault()).applied(self._chip.transmit(command))

    def close(self) -> None: ...


class Witness:
    """Sees that the PIN goes to the card once at most, and in no other command than VERIFY."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self.pins_sent = 0

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        if command[1] == _VERIFY and len(command) > _COMMAND_WITH_LE:
            self.pins_sent += 1
            assert self.pins_sent == 1, "the PIN was sent again"
        else:
            assert PIN.encode() not in bytes(command), "the PIN was sent in another command"
        return self._card.transmit(command)

    def close(self) -> None: ...


def _changed(octets: bytes, changes: Sequence[tuple[int, int]]) -> bytes:
    made = bytearray(octets)
    for at, value in changes:
        if at < len(made):
            made[at] = value
    return bytes(made)
