"""What lets a terminal to the readers that nfcpy drives. Not in here: whether udev and the kernel obey, which only a real reader says."""

import plistlib
import re
from pathlib import Path

from nfc.clf.device import usb_device_map

SYSTEMD = Path(__file__).parents[2] / "systemd"
RULES = (SYSTEMD / "udev/70-checkin-terminal.rules").read_text()
SERVED_BY_PCSC = Path("/etc/libccid_Info.plist")  # of the Debian package libccid

_READERS = re.compile(r'^ATTR{idVendor}=="(\w{4})", ATTR{idProduct}=="([\w|]+)", (.*)$', re.MULTILINE)


def served_by_pcsc() -> set[tuple[int, int]]:
    known = plistlib.loads(SERVED_BY_PCSC.read_bytes())
    return {
        (int(vendor, 16), int(product, 16))
        for vendor, product in zip(known["ifdVendorID"], known["ifdProductID"], strict=True)
    }


def opened_to_the_terminal() -> set[tuple[int, int]]:
    return {
        (int(vendor, 16), int(product, 16))
        for vendor, products, _ in _READERS.findall(RULES)
        for product in products.split("|")
    }


def test_every_reader_nfcpy_knows_is_opened_unless_the_card_service_serves_it() -> None:
    assert opened_to_the_terminal() == set(usb_device_map) - served_by_pcsc()


def test_a_reader_is_opened_to_the_terminals_account_and_to_nobody_else() -> None:
    account = re.findall(r"^u (\S+) ", (SYSTEMD / "sysusers.d/checkin-terminal.conf").read_text(), re.MULTILINE)
    assert {grant for _, _, grant in _READERS.findall(RULES)} == {f'GROUP="{account[0]}", MODE="0660"'}


def test_the_rules_touch_nothing_but_usb_devices_that_are_there() -> None:
    before = RULES.partition("ATTR{")[0]
    skipped = re.findall(r'^(.*), GOTO="checkin_terminal_end"$', before, re.MULTILINE)
    assert skipped == ['ACTION=="remove"', 'SUBSYSTEM!="usb"', 'ENV{DEVTYPE}!="usb_device"']
    assert RULES.endswith('LABEL="checkin_terminal_end"\n')


def test_the_kernels_drivers_of_those_readers_are_not_loaded() -> None:
    lines = (SYSTEMD / "modprobe.d/checkin-terminal.conf").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["blacklist port100", "blacklist pn533_usb"]
