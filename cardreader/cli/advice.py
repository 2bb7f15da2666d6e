"""What to do about a reader that does not work, in the words of whoever has to do it."""

from cardreader.drivers import Driver
from cardreader.probe import Findings, Found, Look, Problem

_RESTART = "; if that does not help: sudo systemctl restart pcscd"
_NO_LIBUSB = "Readers for nfcpy could not be looked for: sudo apt-get install libusb-1.0-0"


def for_problem(findings: Findings) -> str | None:
    match findings.problem:
        case None:
            return None
        case Problem.SERVICE_DOWN:
            return (
                "The smart card service is not running. Install and start it: "
                "sudo apt-get install pcscd && sudo systemctl enable --now pcscd.socket"
            )
        case Problem.SERVICE_DENIED:
            return (
                "The smart card service is running and turns this user away. Install the polkit rule "
                "(systemd/polkit/50-checkin-terminal.rules), or run this as the user it names; "
                "if it hangs: sudo systemctl restart pcscd"
            )
        case Problem.NO_READER:
            return _no_reader(findings)


def for_look(look: Look, findings: Findings) -> str | None:
    match look.found:
        case Found.READER_DENIED:
            return (
                f'This user may not open {look.name}. Add a udev rule for it that sets GROUP or TAG+="uaccess", '
                "reload (sudo udevadm control --reload && sudo udevadm trigger) and plug the reader in again"
            )
        case Found.READER_BUSY:
            return _busy(findings)
        case Found.READER_FAILED:
            return f"Plug the reader in again{_RESTART if look.driver is Driver.PCSC else ''}"
        case Found.CARD_IN_USE:
            return "Another program is using the card; a running terminal does so while it reads"
        case Found.UNRESPONSIVE_CARD:
            return "Hold one card alone, flat and still"
        case _:
            return None


def _no_reader(findings: Findings) -> str:
    if findings.kernel_drivers:
        return _kernel(findings.kernel_drivers)
    advice = (
        "No reader is seen. Plug it in; if `lsusb` shows it, install its driver "
        "(libccid for most) and start the service again: sudo systemctl restart pcscd"
    )
    return advice if findings.libusb else f"{advice}. {_NO_LIBUSB}"


def _busy(findings: Findings) -> str:
    if findings.kernel_drivers:
        return _kernel(findings.kernel_drivers)
    return "Another program holds the reader: a running terminal, or pcscd, which then serves it with --driver pcsc"


def _kernel(drivers: tuple[str, ...]) -> str:
    names = " ".join(drivers)
    lines = "".join(f"blacklist {name}\\n" for name in drivers)
    return (
        f"The kernel's own driver holds the reader. Unload it: sudo modprobe -r {names}; and for good: "
        f"printf '{lines}' | sudo tee /etc/modprobe.d/checkin-reader.conf"
    )
