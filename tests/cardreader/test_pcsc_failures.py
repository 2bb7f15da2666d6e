"""What becomes of the PC/SC service's return codes, and of readers plugged in and out, which no virtual reader can be.

Codes and where they were seen: pcsc-lite 1.9.9. The service itself takes part in `test_real_daemon`.
"""

import pytest
from smartcard import scard

from cardreader.drivers import pcsc
from cardreader.errors import (
    CardError,
    CardInUse,
    CardMute,
    CardRemoved,
    CardUnresponsive,
    NoSuchReader,
    ReaderError,
    ReaderLost,
    ServiceDown,
)

NAME = "Sony FeliCa RC-S300/S [USB] 00 00"
PNP = "\\\\?PnP?\\Notification"
PRESENT, EMPTY, CHANGED = scard.SCARD_STATE_PRESENT, scard.SCARD_STATE_EMPTY, scard.SCARD_STATE_CHANGED


class Service:
    """Stands in for the calls of the service; what it does not have is the constants' business."""

    def __init__(self) -> None:
        self.names = ["Other reader 00 00", NAME]
        self.establish_code = self.connect_code = self.status_code = self.transmit_code = self.wait_code = 0
        self.answer = [0x90, 0x00]
        self.states = {NAME: EMPTY, PNP: 0}
        self.contexts = 0
        self.disconnected: list[int] = []
        self.waited_for: list[list[str]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(scard, name)

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:  # noqa: N802
        self.contexts += 1
        return self.establish_code, self.contexts

    def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
        self.contexts -= 1
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
        return (0, self.names) if self.names else (scard.SCARD_E_NO_READERS_AVAILABLE, [])

    def SCardConnect(self, context: int, name: str, share: int, protocols: int) -> tuple[int, int, int]:  # noqa: N802
        assert share == scard.SCARD_SHARE_EXCLUSIVE
        return self.connect_code, 7, scard.SCARD_PROTOCOL_T1

    def SCardStatus(self, handle: int) -> tuple[int, str, int, int, list[int]]:  # noqa: N802
        return self.status_code, NAME, 0, scard.SCARD_PROTOCOL_T1, [0x3B, 0x80]

    def SCardTransmit(self, handle: int, interface: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        return self.transmit_code, self.answer

    def SCardDisconnect(self, handle: int, disposition: int) -> int:  # noqa: N802
        self.disconnected.append(disposition)
        return 0

    def SCardGetStatusChange(  # noqa: N802
        self, context: int, milliseconds: int, known: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        self.waited_for.append([name for name, _ in known])
        if self.wait_code:
            return self.wait_code, []
        states: list[tuple[str, int, list[int]]] = [
            (name, self.states[name] | (CHANGED if self.states[name] != state else 0), []) for name, state in known
        ]
        return (0 if any(state & CHANGED for _, state, _ in states) else scard.SCARD_E_TIMEOUT), states


@pytest.fixture(name="service")
def standing_in(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    monkeypatch.setattr(pcsc, "scard", made)
    return made


FAILURES = [
    pytest.param(0x80100016, CardRemoved, id="pulled, not noticed yet"),
    pytest.param(0x80100069, CardRemoved, id="pulled, noticed"),
    pytest.param(0x8010000C, CardRemoved, id="no card"),
    pytest.param(0x80100066, CardMute, id="mute, or two cards"),
    pytest.param(0x80100067, CardMute, id="no power"),
    pytest.param(0x8010000F, CardMute, id="no common protocol"),
    pytest.param(0x8010000A, CardUnresponsive, id="the reader gave up waiting"),
    pytest.param(0x80100068, CardInUse, id="reset by another program"),
    pytest.param(0x8010000B, CardInUse, id="held by another program"),
    pytest.param(0x80100017, ReaderLost, id="unplugged, at the first command"),
    pytest.param(0x80100011, ReaderLost, id="unplugged, later"),
    pytest.param(0x80100009, ReaderLost, id="unplugged before"),
    pytest.param(0x8010001D, ReaderLost, id="the service was killed"),
    pytest.param(0x80100003, ReaderLost, id="a handle of an earlier service"),
    pytest.param(0x8010001E, ReaderLost, id="the service was stopped"),
]


def signed(code: int) -> int:
    """Pyscard gives the codes as C's long does: unsigned on 64 bits."""
    return code if scard.SCARD_E_NO_SMARTCARD > 0 else code - (1 << 32)


@pytest.mark.parametrize(("code", "failure"), FAILURES)
def test_connecting_fails(code: int, failure: type[CardError | ReaderError], service: Service) -> None:
    service.connect_code = signed(code)
    with pytest.raises(failure) as raised:
        pcsc.open_reader(NAME).connect()
    assert type(raised.value) is failure


@pytest.mark.parametrize(("code", "failure"), FAILURES)
def test_a_command_fails(code: int, failure: type[CardError | ReaderError], service: Service) -> None:
    card = pcsc.open_reader(NAME).connect()
    service.transmit_code = signed(code)
    with pytest.raises(failure) as raised:
        card.transmit(b"\0\xb0\0\0\0")
    assert type(raised.value) is failure


def test_a_card_that_leaves_while_it_is_asked_its_kind_is_removed_and_its_power_cut(service: Service) -> None:
    service.status_code = signed(0x80100069)
    with pytest.raises(CardRemoved):
        pcsc.open_reader(NAME).connect()
    assert service.disconnected == [scard.SCARD_UNPOWER_CARD]


def test_an_answer_cut_off_is_a_card_removed(service: Service) -> None:
    card = pcsc.open_reader(NAME).connect()
    service.answer = []
    with pytest.raises(CardRemoved):
        card.transmit(b"\0\xb0\0\0\0")


@pytest.mark.parametrize("code", [0x80100009, 0x8010001D, 0x80100003, 0x8010001E, 0x80100013])
def test_a_wait_that_fails_in_whatever_way_loses_the_reader(code: int, service: Service) -> None:
    reader = pcsc.open_reader(NAME)
    service.wait_code = signed(code)
    with pytest.raises(ReaderLost):
        reader.wait_present(0)


@pytest.mark.parametrize("state", [scard.SCARD_STATE_UNKNOWN, scard.SCARD_STATE_UNAVAILABLE, scard.SCARD_STATE_IGNORE])
def test_a_reader_in_a_state_of_absence_is_lost(state: int, service: Service) -> None:
    reader = pcsc.open_reader(NAME)
    service.states[NAME] = state
    with pytest.raises(ReaderLost):
        reader.wait_present(0)


def test_a_wait_ends_when_readers_are_plugged_too(service: Service) -> None:
    pcsc.open_reader(NAME).wait_present(0)
    assert service.waited_for[0] == [NAME, PNP]


def test_a_reader_no_longer_listed_when_readers_changed_is_lost(service: Service) -> None:
    reader = pcsc.open_reader(NAME)
    assert not reader.wait_present(0)
    service.names.remove(NAME)
    service.states[PNP] = 1 << 16
    with pytest.raises(ReaderLost):
        reader.wait_present(0)


def test_another_reader_plugged_in_changes_nothing(service: Service) -> None:
    reader = pcsc.open_reader(NAME)
    assert not reader.wait_present(0)
    service.names.append("Third reader")
    service.states[PNP] = 3 << 16
    assert not reader.wait_present(0)
    service.states[NAME] = PRESENT
    assert reader.wait_present(0)


def test_without_the_service_it_is_down(service: Service) -> None:
    service.establish_code = signed(0x8010001D)
    with pytest.raises(ServiceDown):
        pcsc.open_reader("")


def test_without_any_reader_none_is_named(service: Service) -> None:
    service.names = []
    with pytest.raises(NoSuchReader) as missing:
        pcsc.open_reader("")
    assert missing.value.available == ()


def test_a_reader_that_is_not_found_leaves_no_context_open(service: Service) -> None:
    with pytest.raises(NoSuchReader):
        pcsc.open_reader("PaSoRi")
    assert service.contexts == 0


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param("", True, id="any"),
        pytest.param("RC-S300", True, id="a part"),
        pytest.param("rc-s300", True, id="in any case"),
        pytest.param("sony*rc-s300", True, id="two parts"),
        pytest.param("sony*00 00", True, id="first and last part"),
        pytest.param("[USB]", True, id="brackets are themselves"),
        pytest.param("RC-S3.0", False, id="a dot is itself"),
        pytest.param("rc-s300*sony", False, id="parts in another order"),
        pytest.param("RC-S380", False, id="another reader"),
    ],
)
def test_a_reader_is_chosen_by_a_pattern(pattern: str, found: bool) -> None:
    assert pcsc.matches(pattern, NAME) is found


def test_of_several_readers_the_first_that_matches_is_opened(service: Service) -> None:
    assert pcsc.open_reader("reader").name == "Other reader 00 00"
    assert pcsc.open_reader("sony*").name == NAME
