"""What the operating system does with readers, as far as it keeps them from a program: Linux's sysfs and one socket.

Only looked at, never changed.
"""

import os
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_READER_DRIVERS = (
    "port100",
    "pn533_usb",
)  # of the kernel's NFC subsystem; pn533_usb was called pn533 before Linux 4.11
_SERVICE_SOCKET = "/run/pcscd/pcscd.comm"
_ANSWER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`usb_drivers`: sysfs's folder of them. `service_socket`: where the smart card service listens."""

    usb_drivers: Path
    service_socket: Path

    def kernel_drivers(self) -> tuple[str, ...]:
        """Those that hold a contactless reader, under the names `modprobe -r` takes."""
        return tuple(name for name in _READER_DRIVERS if any((self.usb_drivers / name).glob("*:*")))

    def service_listens(self) -> bool:
        """Whether somebody takes connections there: a service that then answers nothing has its reasons."""
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
            connection.settimeout(_ANSWER_SECONDS)
            try:
                connection.connect(str(self.service_socket))
            except OSError:
                return False
            return True


def of_this_machine() -> Surroundings:
    listening = os.environ.get("PCSCLITE_CSOCK_NAME", _SERVICE_SOCKET)  # as libpcsclite itself asks
    return Surroundings(Path("/sys/bus/usb/drivers"), Path(listening))
