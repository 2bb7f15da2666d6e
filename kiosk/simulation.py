"""The cards of a demonstration: one for each kind of member the demonstration's server knows, and some that are refused.

Their keys are test keys, kept in a folder so that the same label is the same card next time; their PIN is no secret.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cardreader.simulated.chip import Chip
from cardreader.simulated.folder import member_credential
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import ForeignCard

FOLDER = "simulated-cards"
PIN = "1234"
LABELS = ("active-1", "active-2", "pending", "suspended", "ended", "unlinked")
FOREIGN = "other-card"


def public_keys(folder: Path) -> Mapping[str, str]:
    """Base64 DER SubjectPublicKeyInfo of every card, by label."""
    now = datetime.now(UTC)
    return {label: b64encode(member_credential(folder, label, now).public_key).decode() for label in LABELS}


def cards(folder: Path) -> Mapping[str, Chip]:
    """A fresh card for every label: three tries, the PIN above."""
    now = datetime.now(UTC)
    members: dict[str, Chip] = {label: JpkiCard(member_credential(folder, label, now), PIN) for label in LABELS}
    return {**members, FOREIGN: ForeignCard()}
