"""From the card in the field to what the lists say of it, as a terminal asks at every tap."""

import logging
from pathlib import Path

import pytest

from cardreader.cards.jpki import Authenticated
from cardreader.drivers.simulated import SimulatedReader
from cardreader.revocation.folder import ListFolder
from cardreader.revocation.source import Revocation
from cardreader.simulated.authority import revocation_list
from cardreader.simulated.credentials import KeyKind
from cardreader.simulated.jpki_card import JpkiCard
from machine.cards import NOW, PIN, authenticated, authority, credential


def lists_revoking(folder: Path, member: str, kind: KeyKind) -> ListFolder:
    """A list of each kind of authority, of which all share one name; one has revoked `member`'s certificate."""
    revoked = credential(member, kind=kind).certificate.serial_number
    for each in KeyKind:
        serials = [revoked] if each is kind else []
        (folder / f"{each.value}.crl").write_bytes(revocation_list(authority(each), serials, NOW))
    lists = ListFolder(folder, [authority(each).certificate for each in KeyKind])
    lists.refresh()
    return lists


def tapped(member: str, kind: KeyKind) -> Authenticated:
    reader = SimulatedReader("simulated")
    reader.insert(JpkiCard(credential(member, kind=kind), PIN))
    outcome = authenticated(reader.connect())
    assert isinstance(outcome, Authenticated)
    return outcome


@pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.value)
@pytest.mark.parametrize(("revoked", "expected"), [("hanako", Revocation.REVOKED), ("taro", Revocation.GOOD)])
def test_a_tap_learns_whether_its_card_was_revoked(
    tmp_path: Path, kind: KeyKind, revoked: str, expected: Revocation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    lists = lists_revoking(tmp_path, revoked, kind)
    card = tapped("hanako", kind)
    assert lists.at_tap(card.certificate_serial, card.certificate_issuer, NOW) is expected
    assert str(card.certificate_serial) not in caplog.text + repr(card)
