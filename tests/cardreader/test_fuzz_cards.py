"""Whatever a card answers, a conversation with it ends in a typed outcome, and its holder loses one try at most.

A small budget here; `script/fuzz SECONDS` runs the same for as long as one likes.
"""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardreader.apdu import StatusWord
from cardreader.cards import desfire
from cardreader.cards.identify import Foreign, identify
from cardreader.cards.jpki import Authenticated, Reason, Refused
from cardreader.cards.memory import Memory
from cardreader.errors import CardError
from cardreader.linking import Presented, present
from cardreader.ports import Card
from cardreader.simulated.credentials import KeyKind
from cardreader.simulated.desfire_card import ATR as DESFIRE_ATR
from cardreader.simulated.jpki_card import ATR, JpkiCard
from cardreader.transcripts.conversation import AUTHENTICATED, converse
from cardreader.transcripts.form import Transcript
from cardreader.transcripts.recording import RecordingCard
from cardreader.transcripts.replaying import replay
from cardreader.transcripts.scrubbing import scrub
from machine import cards
from machine.cards import CHALLENGE, NOW, PIN
from machine.facility import CARD_ID, FACILITY_CHALLENGE, KEYS, counting_random, facility_card
from machine.hostile import Babbler, Fault, Saboteur, Witness, answers, faults

RSA = cards.credential()
P_384 = cards.credential(kind=KeyKind.P_384)
EXPIRED = cards.credential(issued=datetime(2019, 1, 1, tzinfo=UTC))
DER = RSA.certificate.public_bytes(Encoding.DER)
COMPUTE_SIGNATURE = 0x2A

few = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
atrs = st.one_of(st.sampled_from([ATR, DESFIRE_ATR, b""]), st.binary(max_size=33))
babble = st.lists(answers(DER[:200], DER[:256], DER[256:], b"JPKIAPGPSETOKEN".ljust(32)), max_size=24)
chips = st.sampled_from(
    [
        lambda: JpkiCard(RSA, PIN),
        lambda: JpkiCard(RSA, PIN, short_identifiers=True),
        lambda: JpkiCard(RSA, PIN, certificate_hidden=True),
        lambda: JpkiCard(P_384, PIN, short_identifiers=True),
        lambda: JpkiCard(EXPIRED, PIN),
    ]
)


def outcome_of(card: Card, *, last_try_allowed: bool, memory: Memory) -> Authenticated | Refused | None:
    """None after a CardError; whatever else is raised is a fault of the program."""
    witness = Witness(card)
    with contextlib.suppress(CardError):
        outcome = cards.authenticated(witness, last_try_allowed=last_try_allowed, memory=memory)
        assert isinstance(outcome, Refused) or witness.pins_sent == 1
        return outcome
    return None


@few
@given(atrs, st.lists(babble, min_size=1, max_size=3), st.booleans())
def test_a_card_that_babbles_never_gets_in(atr: bytes, taps: list[list[bytes]], last_try: bool) -> None:
    memory = Memory()
    for prepared in taps:
        outcome = outcome_of(Babbler(atr, prepared), last_try_allowed=last_try, memory=memory)
        assert not isinstance(outcome, Authenticated)


@few
@given(st.lists(st.tuples(chips, faults), min_size=1, max_size=3), st.booleans())
def test_a_card_whose_answers_suffer_gets_in_only_by_its_own_key(
    taps: list[tuple[Callable[[], JpkiCard], list[Fault]]], last_try: bool
) -> None:
    memory = Memory()
    for chip, sabotage in taps:
        outcome = outcome_of(Saboteur(chip(), sabotage), last_try_allowed=last_try, memory=memory)
        if isinstance(outcome, Authenticated):
            assert outcome.public_key in {RSA.public_key, P_384.public_key}


STATUSES = [*map(int, StatusWord), 0x63C0, 0x63C1, 0x63C2, 0x6101, 0x6C00, 0x91AE, 0x0000]
BAD_ANSWERS = [
    Fault(cut=0),
    Fault(cut=1),
    Fault(cut=9),
    Fault(data_cut=0),
    Fault(data_cut=6),
    *(Fault(failure=kind) for kind in range(4)),
]
BAD_ANSWERS += [Fault(status=status.to_bytes(2)) for status in STATUSES]


@pytest.mark.parametrize("short_identifiers", [False, True])
@pytest.mark.parametrize("step", range(12))
def test_no_bad_answer_at_any_step_costs_a_second_try(step: int, *, short_identifiers: bool) -> None:
    for bad in BAD_ANSWERS:
        chip = JpkiCard(RSA, PIN, short_identifiers=short_identifiers)
        outcome_of(Saboteur(chip, [Fault()] * step + [bad]), last_try_allowed=False, memory=Memory())


@pytest.mark.parametrize("step", range(8))
def test_no_bad_answer_at_any_step_makes_another_facility_card(step: int) -> None:
    for bad in BAD_ANSWERS:
        card = Saboteur(facility_card(random=counting_random()), [Fault()] * step + [bad])
        with contextlib.suppress(CardError):
            outcome = desfire.authenticate(card, KEYS, challenge=FACILITY_CHALLENGE)
            assert isinstance(outcome, desfire.Refused) or outcome == desfire.Authenticated(CARD_ID)


@few
@given(st.integers(0, 255), st.integers(1, 255))
def test_a_signature_with_any_byte_changed_proves_nothing(at: int, difference: int) -> None:
    class Forger(Saboteur):
        def transmit(self, command: bytes | bytearray) -> bytes:
            answer = super().transmit(command)
            signed = command[1] == COMPUTE_SIGNATURE
            return Fault(changed=((at, answer[at] ^ difference),)).applied(answer) if signed else answer

    outcome = outcome_of(Forger(JpkiCard(RSA, PIN), []), last_try_allowed=False, memory=Memory())
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.UNPROVEN


@few
@given(chips, faults)
def test_faults_of_one_tap_do_not_outlive_it(chip: Callable[[], JpkiCard], sabotage: list[Fault]) -> None:
    """What a memory has learnt from bad answers costs the next tap commands, and never the member."""
    memory = Memory()
    outcome_of(Saboteur(chip(), sabotage), last_try_allowed=False, memory=memory)
    whole = [outcome_of(Saboteur(JpkiCard(RSA, PIN), []), last_try_allowed=False, memory=memory) for _ in range(2)]
    assert isinstance(whole[-1], Authenticated)


@few
@given(chips, faults)
def test_a_card_to_be_linked_shows_the_certificate_of_its_key(
    chip: Callable[[], JpkiCard], sabotage: list[Fault]
) -> None:
    witness = Witness(Saboteur(chip(), sabotage))
    with contextlib.suppress(CardError):
        shown = present(witness, cards.pin(), challenge=CHALLENGE, now=NOW, last_try_allowed=False)
        if isinstance(shown, Presented):
            assert shown.public_key in {RSA.public_key, P_384.public_key}


@few
@given(atrs, st.lists(answers(b"2PAY.SYS.DDF01"), max_size=4))
def test_any_card_is_of_some_kind_or_fails(atr: bytes, prepared: list[bytes]) -> None:
    with contextlib.suppress(CardError):
        assert isinstance(identify(Babbler(atr, prepared)), Foreign)


@few
@given(st.lists(answers(bytes(16), bytes(32), bytes(28)), max_size=8))
def test_a_card_that_babbles_is_no_facility_card(prepared: list[bytes]) -> None:
    with contextlib.suppress(CardError):
        outcome = desfire.authenticate(Babbler(DESFIRE_ATR, prepared), KEYS, challenge=FACILITY_CHALLENGE)
        assert isinstance(outcome, desfire.Refused)


@few
@given(faults)
def test_a_facility_card_whose_answers_suffer_is_that_card_or_none(sabotage: list[Fault]) -> None:
    with contextlib.suppress(CardError):
        card = Saboteur(facility_card(random=counting_random()), sabotage)
        outcome = desfire.authenticate(card, KEYS, challenge=FACILITY_CHALLENGE)
        assert isinstance(outcome, desfire.Refused) or outcome == desfire.Authenticated(CARD_ID)


def transcript_of(card: Card) -> Transcript:
    recording = RecordingCard(card)
    outcome = converse(recording, cards.pin(), challenge=CHALLENGE, now=NOW)
    exchanges = scrub(recording.passed, now=NOW, proven=outcome == AUTHENTICATED)
    return Transcript("simulated", "a reader", card.atr, outcome, exchanges)


@few
@given(st.one_of(st.builds(Babbler, atrs, babble), st.builds(lambda chip, bad: Saboteur(chip(), bad), chips, faults)))
def test_any_conversation_is_recorded_and_replayed_without_falling_over(card: Card) -> None:
    transcript = transcript_of(card)
    again = Transcript.parse(str(transcript))
    assert str(again) == str(transcript)
    replay(again, challenge=CHALLENGE, now=NOW)


@few
@given(chips, faults)
def test_no_faulty_answer_gets_a_key_or_a_signature_kept(chip: Callable[[], JpkiCard], sabotage: list[Fault]) -> None:
    text = str(transcript_of(Saboteur(chip(), sabotage))).lower()
    for credential in (RSA, P_384, EXPIRED):
        assert credential.public_key[40:60].hex() not in text
        assert credential.certificate.signature[:20].hex() not in text
    assert f"00200080{len(PIN):02x}{PIN.encode().hex()}" not in text.replace(" ", "")
