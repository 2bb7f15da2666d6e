"""Which bytes of a command may be shown to people: those known to be public, and no others.

A PIN travels in a command's data, and so do a challenge and whatever a program sends that is not known here. What may be
shown of answers depends on what was asked before; see `cardreader.transcripts.scrubbing`.
"""

from dataclasses import dataclass

_HEADER_BYTES = 4
_SHORT_LENGTH_BYTES = 1
_EXTENDED_LENGTH_BYTES = 3
_AS_MUCH_AS_THERE_IS = (b"", b"\0", b"\0\0")  # the only Le told: where lengths are wrong, it would be data
_PUBLIC = {
    b"\x00\xa4",  # SELECT: names of applications and files
    b"\x90\x5a",  # the same to a DESFire card
}


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A command of which `hidden` bytes between `before` and `behind` are not to be shown."""

    before: bytes
    hidden: int
    behind: bytes


def disclose(command: bytes | bytearray) -> Disclosed:
    """No copy is made of what is hidden."""
    if bytes(command[:2]) in _PUBLIC:
        return Disclosed(bytes(command), 0, b"")
    start = _HEADER_BYTES + _length_bytes(command)
    if len(command) <= start:
        return Disclosed(bytes(command), 0, b"")
    length = int.from_bytes(command[_HEADER_BYTES:start])
    if len(command) < start + length or command[start + length :] not in _AS_MUCH_AS_THERE_IS:
        return Disclosed(bytes(command[:_HEADER_BYTES]), len(command) - _HEADER_BYTES, b"")
    return Disclosed(bytes(command[:start]), length, bytes(command[start + length :]))


def _length_bytes(command: bytes | bytearray) -> int:
    extended = len(command) > _HEADER_BYTES + 1 and command[_HEADER_BYTES] == 0
    return _EXTENDED_LENGTH_BYTES if extended else _SHORT_LENGTH_BYTES
