"""Network namespaces: a server in one, each door in its own with one cable to it, and the cables can be cut.

A door still asks for the server on loopback, where plain HTTP is allowed, and is led over its cable. Needs root, iproute2
and iptables. Not in here: what runs inside, and when a cable is cut.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum, unique

_NAME = f"checkin-{os.getpid()}"


@unique
class Cut(Enum):
    """In what way a cable fails."""

    UNPLUGGED = "unplugged"
    SILENT = "silent"
    LOSSY = "lossy"


_LOST = {
    Cut.SILENT: ("-j", "DROP"),
    Cut.LOSSY: ("-m", "statistic", "--mode", "random", "--probability", "0.4", "-j", "DROP"),
}


def missing() -> str | None:
    """What this machine lacks for namespaces of its own."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ("ip", "iptables"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    return None


@dataclass(frozen=True, slots=True)
class Space:
    """One namespace, by name."""

    name: str

    def command(self, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *command]

    def do(self, *command: str) -> None:
        subprocess.run(self.command(*command), check=True, capture_output=True)


@dataclass(frozen=True, slots=True)
class Cable:
    """From a door's space to its server's; `plug` is the door's interface."""

    door: Space
    plug: str

    def cut(self, cut: Cut) -> None:
        match cut:
            case Cut.UNPLUGGED:
                self.door.do("ip", "link", "set", self.plug, "down")
            case Cut.SILENT | Cut.LOSSY:
                for chain, side in (("INPUT", "-i"), ("OUTPUT", "-o")):
                    self.door.do("iptables", "-I", chain, side, self.plug, *_LOST[cut])

    def mend(self) -> None:
        """Whatever was wrong with it."""
        self.door.do("ip", "link", "set", self.plug, "up")
        self.door.do("iptables", "-F", "INPUT")
        self.door.do("iptables", "-F", "OUTPUT")


@contextmanager
def island(number: int, doors: Sequence[str], port: int) -> Iterator[tuple[Space, dict[str, Cable]]]:
    """The server's space and a cable for each door; `number` sets islands apart, the server will listen on `port`."""
    with ExitStack() as parts:
        server = parts.enter_context(_space(f"{_NAME}-{number}"))
        cables = {}
        for place, name in enumerate(doors):
            door = parts.enter_context(_space(f"{_NAME}-{number}-{name}"))
            cables[name] = _laid(server, door, network=f"10.{200 + number}.{place}", socket=f"door{place}")
            _lead_loopback(door, f"10.{200 + number}.{place}.1", port)
        yield server, cables


@contextmanager
def _space(name: str) -> Iterator[Space]:
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        yield Space(name)
    finally:
        _ip("netns", "del", name)


def _laid(server: Space, door: Space, *, network: str, socket: str) -> Cable:
    cable = Cable(door, "server0")
    _ip("link", "add", socket, "netns", server.name, "type", "veth", "peer", "name", cable.plug, "netns", door.name)
    for space, interface, host in ((server, socket, 1), (door, cable.plug, 2)):
        _ip("-n", space.name, "address", "add", f"{network}.{host}/24", "dev", interface)
        _ip("-n", space.name, "link", "set", interface, "up")
    return cable


def _lead_loopback(door: Space, server: str, port: int) -> None:
    """What is sent to this port of the door's own loopback goes to the server instead."""
    door.do("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
    to_port = ("-p", "tcp", "-d", "127.0.0.1", "--dport", str(port))
    door.do("iptables", "-t", "nat", "-A", "OUTPUT", *to_port, "-j", "DNAT", "--to-destination", f"{server}:{port}")
    door.do("iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "server0", "-j", "MASQUERADE")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
