"""What `probe` says of readers that cannot be used, and what to do about each."""

import errno
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cardreader import probe as looking
from cardreader.__main__ import main
from cardreader.cards.identify import Foreign
from cardreader.cli import advice
from cardreader.drivers import Driver
from cardreader.drivers.simulated import SimulatedReader
from cardreader.errors import NoSuchReader, ReaderBusy, ReaderDenied, ReaderError, ServiceDown
from cardreader.ports import Reader
from cardreader.probe import Found, Look, Problem, probe
from cardreader.simulated import foreign_cards
from cardreader.simulated.chip import Chip
from cardreader.simulated.other_cards import MuteCard, phone
from cardreader.surroundings import Surroundings
from machine import cards
from machine.cards import PIN

RC_S380 = "usb:054c:06c1"
ACR122 = "ACS ACR122U 00 00"


class Desk:
    """Readers by driver and name; one may be an error instead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.readers: dict[tuple[Driver, str], Reader | ReaderError] = {}
        self.service: ReaderError | None = None
        self.usb: Exception | None = None
        self.surroundings = Surroundings(folder / "drivers", folder / "socket")
        monkeypatch.setattr(looking, "open_reader", self._open)
        monkeypatch.setattr(looking, "reader_names", self._names)
        monkeypatch.setattr("cardreader.cli.probe.of_this_machine", lambda: self.surroundings)

    def _names(self, driver: Driver) -> list[str]:
        trouble = self.service if driver is Driver.PCSC else self.usb
        if trouble:
            raise trouble
        return [name for where, name in self.readers if where is driver]

    def _open(self, driver: Driver, name: str) -> Reader:
        reader = self.readers[driver, name]
        if isinstance(reader, ReaderError):
            raise reader
        return reader

    def hold(self, chip: Chip) -> SimulatedReader:
        reader = SimulatedReader()
        self.readers[Driver.PCSC, ACR122] = reader
        reader.insert(chip)
        return reader

    def kernel_holds(self, driver: str) -> None:
        (self.surroundings.usb_drivers / driver / "1-1.3:1.0").mkdir(parents=True)
        (self.surroundings.usb_drivers / driver / "bind").touch()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    return Desk(monkeypatch, tmp_path)


def told(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["probe"])
    return code, capsys.readouterr().out


def found(desk: Desk, chip: Chip) -> Found | Foreign:
    desk.hold(chip)
    (look,) = probe(desk.surroundings).looks
    return look.found


def test_a_my_number_card_is_named(desk: Desk) -> None:
    assert found(desk, cards.card()) is Found.MY_NUMBER_CARD


def test_a_phone_with_the_certificates_is_a_phone(desk: Desk) -> None:
    assert found(desk, phone(cards.credential(), PIN)) is Foreign.PHONE


def test_a_card_of_another_kind_is_named(desk: Desk) -> None:
    assert found(desk, foreign_cards.residence_card()) is Foreign.RESIDENCE_CARD


def test_a_mute_card_is_unresponsive(desk: Desk) -> None:
    assert found(desk, MuteCard()) is Found.UNRESPONSIVE_CARD


def test_a_card_in_use_is_told_from_a_mute_one(desk: Desk) -> None:
    desk.hold(cards.card()).connect()
    (look,) = probe(desk.surroundings).looks
    assert look.found is Found.CARD_IN_USE


def test_looking_spends_no_try(desk: Desk) -> None:
    card = cards.card()
    found(desk, card)
    assert card.tries_left == 3


def test_a_reader_this_user_may_not_open_asks_for_a_udev_rule(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.readers[Driver.NFCPY, RC_S380] = ReaderDenied(RC_S380)
    code, out = told(capsys)
    assert code == 4
    assert f"nfcpy {RC_S380}: reader denied\n" in out
    assert "udev rule" in out


@pytest.mark.parametrize("driver", ["port100", "pn533_usb"])
def test_a_reader_the_kernel_holds_asks_to_unload_its_driver(
    desk: Desk, capsys: pytest.CaptureFixture[str], driver: str
) -> None:
    desk.readers[Driver.NFCPY, RC_S380] = ReaderBusy(RC_S380)
    desk.kernel_holds(driver)
    code, out = told(capsys)
    assert code == 4
    assert f"sudo modprobe -r {driver}" in out
    assert f"blacklist {driver}" in out


def test_a_reader_held_by_another_program_is_not_blamed_on_the_kernel(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.readers[Driver.NFCPY, RC_S380] = ReaderBusy(RC_S380)
    (desk.surroundings.usb_drivers / "port100").mkdir(parents=True)
    (desk.surroundings.usb_drivers / "port100" / "bind").touch()
    _, out = told(capsys)
    assert "modprobe" not in out
    assert "Another program holds the reader" in out


def test_a_reader_that_both_drivers_know_is_listed_once(desk: Desk) -> None:
    desk.hold(cards.card())
    desk.readers[Driver.NFCPY, "usb:072f:2200"] = ReaderBusy("usb:072f:2200")
    assert [look.driver for look in probe(desk.surroundings).looks] == [Driver.PCSC]


def test_a_reader_unplugged_while_it_is_looked_at_has_failed(desk: Desk) -> None:
    desk.readers[Driver.PCSC, ACR122] = NoSuchReader(ACR122, ())
    assert probe(desk.surroundings).looks == (Look(Driver.PCSC, ACR122, Found.READER_FAILED),)


def test_no_reader_at_all_is_a_problem(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = told(capsys)
    assert code == 4
    assert out.startswith("No reader is seen. Plug it in")


def test_a_missing_libusb_is_told_where_no_reader_is_seen(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.usb = OSError(errno.ENOENT, "libusb-1.0.so.0")
    assert "libusb-1.0-0" in told(capsys)[1]


def test_a_service_that_is_not_there_is_to_be_started(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.service = ServiceDown("")
    assert "systemctl enable --now pcscd.socket" in told(capsys)[1]


def test_a_service_that_listens_and_turns_away_asks_for_the_polkit_rule(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.service = ServiceDown("")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(desk.surroundings.service_socket))
        listening.listen()
        assert probe(desk.surroundings).problem is Problem.SERVICE_DENIED
        assert "polkit" in told(capsys)[1]


def test_a_reader_of_nfcpy_needs_no_service(desk: Desk) -> None:
    desk.service = ServiceDown("")
    desk.readers[Driver.NFCPY, RC_S380] = SimulatedReader()
    findings = probe(desk.surroundings)
    assert (findings.problem, findings.looks[0].found) == (None, Found.NOTHING)
    assert main(["probe"]) == 0


def test_every_way_to_fail_has_its_advice(desk: Desk) -> None:
    findings = probe(desk.surroundings)
    silent = {each for each in Found if not advice.for_look(Look(Driver.PCSC, "", each), findings)}
    assert silent == {Found.NOTHING, Found.MY_NUMBER_CARD}


def test_a_terminal_without_libusb_can_probe() -> None:
    """The driver for nfcpy is loaded only to look at USB."""
    program = "import sys; sys.modules['usb1'] = None; from cardreader.probe import _usb_names; print(_usb_names())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "((), False)\n"
