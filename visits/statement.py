"""What a terminal signs about its keys, besides its requests and the head of its chain (`visits.event`).

Text that can be read where it is shown, beginning with what it is for, so that no signature means two things. Not in
here: signing and verifying.
"""

from uuid import UUID


def new_key_statement(terminal: UUID, public_key: bytes) -> bytes:
    """What the new key signs when it takes the old one's place; `public_key` is the new one's 32 raw bytes."""
    return f"checkin-terminal new key v1\n{terminal}\n{public_key.hex()}".encode()


def successor_statement(old: UUID, new: UUID, public_key: bytes) -> bytes:
    """What the key of terminal `new` signs when it takes over from `old`; `public_key` is the new one's 32 raw bytes."""
    return f"checkin-terminal successor v1\n{old}\n{new}\n{public_key.hex()}".encode()
