"""Secure messaging of MIFARE DESFire EV2 as the card does it, written apart from the terminal's side in `cards.ev2`.

Only what the simulated card needs: MACed commands, enciphered answers. Source: as there.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

_BLOCK = 16
_MAC = 8


class CardSession:
    def __init__(self, key: bytes, terminals: bytes, cards: bytes, transaction: bytes) -> None:
        """`terminals` and `cards` are the two random numbers, 16 bytes each, most significant byte first."""
        folded = int.from_bytes(terminals[2:8]) ^ int.from_bytes(cards[0:6])
        vector = b"".join((terminals[0:2], folded.to_bytes(6), cards[6:16], terminals[8:16]))
        self._sealing = _cmac(key, bytes.fromhex("A55A00010080") + vector)
        self._signing = _cmac(key, bytes.fromhex("5AA500010080") + vector)
        self._transaction = transaction
        self._commands = 0

    def admits(self, instruction: int, body: bytes) -> bool:
        """Whether `body` ends with the MAC of this command at this place of the conversation."""
        return len(body) >= _MAC and body[-_MAC:] == self._sign(instruction, body[:-_MAC])

    def answer(self, data: bytes) -> bytes:
        """Ends the command: `data` enciphered, with a MAC for the status 00."""
        self._commands += 1
        padded = data + b"\x80" + bytes(-(len(data) + 1) % _BLOCK)
        start = bytes.fromhex("5AA5") + self._transaction + self._commands.to_bytes(2, "little") + bytes(8)
        iv = _run(Cipher(AES128(self._sealing), ECB()), start)  # noqa: S305 - one block, as the card makes its IV
        sealed = _run(Cipher(AES128(self._sealing), CBC(iv)), padded)
        return sealed + self._sign(0x00, sealed)

    def _sign(self, lead: int, body: bytes) -> bytes:
        place = bytes((lead,)) + self._commands.to_bytes(2, "little") + self._transaction
        return bytes(_cmac(self._signing, place + body)[index] for index in range(1, _BLOCK, 2))


def seal(key: bytes, plain: bytes) -> bytes:
    """Whole blocks, with no IV: for the two steps of the authentication."""
    return _run(Cipher(AES128(key), CBC(bytes(_BLOCK))), plain)


def unseal(key: bytes, sealed: bytes) -> bytes:
    context = Cipher(AES128(key), CBC(bytes(_BLOCK))).decryptor()
    return context.update(sealed) + context.finalize()


def _run(cipher: Cipher[CBC] | Cipher[ECB], plain: bytes) -> bytes:
    context = cipher.encryptor()
    return context.update(plain) + context.finalize()


def _cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(AES128(key))
    mac.update(message)
    return mac.finalize()
