"""Whatever bytes or text a card, a file or a responder gives: a value, or the error named for it, and nothing else."""

import contextlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardreader.apdu import Command, Response
from cardreader.atr import historical_bytes, is_type_b
from cardreader.authorities import Distrust, Trust, UnusableAuthority, load_authorities
from cardreader.cards import facility_keys
from cardreader.cards.certificate import Head, Incomplete, parse_head
from cardreader.cards.facility_keys import KeysDamaged
from cardreader.cards.signature import scheme_for
from cardreader.errors import MalformedAnswer, MalformedCertificate, UnsupportedKey
from cardreader.linking import Distrusted, Linkable, Presented, judge, parse_certificate
from cardreader.pin_hash import PinHash, UnusableHash
from cardreader.revocation.lists import UnusableList, read_list
from cardreader.revocation.ocsp import UnusableAnswer, question, verdict
from cardreader.revocation.source import NoSource
from cardreader.simulated.authority import responder_answer, revocation_list
from cardreader.transcripts.form import Transcript, UnreadableTranscript
from machine import cards
from machine.cards import NOW
from machine.hostile import damaged

few = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

CARD = cards.credential()
AUTHORITY = cards.authority()
DER = CARD.certificate.public_bytes(Encoding.DER)
LIST = revocation_list(AUTHORITY, [CARD.certificate.serial_number], NOW)
ASKED = question(CARD.certificate, AUTHORITY.certificate, bytes(32))
ANSWER = responder_answer(ASKED.public_bytes(Encoding.DER), OCSPCertStatus.GOOD, AUTHORITY, NOW)
TRANSCRIPT = str(Transcript("pcsc", "a reader", b"", "authenticated", ()))

certificates = st.one_of(damaged(DER), damaged(DER[:300]), st.binary(max_size=400))


@few
@given(st.binary(max_size=300))
def test_a_command_is_one_or_its_lengths_are_wrong(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        command = Command.decode(raw)
        assert Command.decode(command.encode()) == command


@few
@given(st.binary(max_size=300))
def test_an_answer_has_a_status_or_is_malformed(raw: bytes) -> None:
    with contextlib.suppress(MalformedAnswer):
        assert Response.decode(raw).status in range(0x10000)


@few
@given(st.one_of(st.binary(max_size=40), damaged(bytes.fromhex("3B888001000005E0B381A1007F"))))
def test_an_answer_to_reset_may_be_anything(atr: bytes) -> None:
    historical = historical_bytes(atr)
    assert historical is None or is_type_b(historical) in {True, False}


@few
@given(certificates)
def test_the_head_of_a_certificate_is_read_wanted_or_malformed(der: bytes) -> None:
    with contextlib.suppress(MalformedCertificate):
        head = parse_head(der)
        assert isinstance(head, Head) or (isinstance(head, Incomplete) and head.needed > len(der))


@few
@given(certificates)
def test_a_whole_certificate_is_judged_or_malformed(der: bytes) -> None:
    trust = Trust((AUTHORITY.certificate,), tests_allowed=True)
    with contextlib.suppress(MalformedCertificate):
        certificate = parse_certificate(der, CARD.public_key)
        judged = judge(Presented(CARD.public_key, certificate), trust, NoSource(), NOW)
        assert isinstance(judged, Distrusted) or (isinstance(judged, Linkable) and der.startswith(DER))


@few
@given(damaged(CARD.public_key))
def test_a_key_is_of_a_known_kind_or_unsupported(public_key: bytes) -> None:
    with contextlib.suppress(UnsupportedKey):
        assert scheme_for(public_key).accepts(bytes(256), b"") is False


@few
@given(st.one_of(damaged(LIST), st.binary(max_size=300)))
def test_a_revocation_list_is_whole_or_unusable(raw: bytes) -> None:
    with contextlib.suppress(UnusableList):
        assert CARD.certificate.serial_number in read_list(raw, [AUTHORITY.certificate]).serials


@few
@given(st.one_of(damaged(ANSWER), st.binary(max_size=300)))
def test_a_responders_answer_is_of_use_or_not(raw: bytes) -> None:
    with contextlib.suppress(UnusableAnswer):
        verdict(raw, ASKED, AUTHORITY.certificate, NOW)


@pytest.mark.filterwarnings("ignore::UserWarning")  # cryptography's, of damage it may refuse later
@few
@given(st.one_of(damaged(AUTHORITY.certificate.public_bytes(Encoding.PEM)), certificates))
def test_an_authoritys_file_holds_certificates_or_is_unusable(raw: bytes) -> None:
    with TemporaryDirectory() as folder, contextlib.suppress(UnusableAuthority):
        Path(folder, "a.pem").write_bytes(raw)
        found = load_authorities(Path(folder))
        assert isinstance(
            Trust(found, tests_allowed=True).authority_of(CARD.certificate, NOW), Distrust | type(found[0])
        )


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=40), st.sampled_from(["00" * 3, "00" * 16])
)
names = st.sampled_from(["application", "key_number", "file_number", "system", "master_key"])


@few
@given(st.one_of(st.binary(max_size=60), st.dictionaries(names, leaves).map(lambda told: json.dumps(told).encode())))
def test_a_key_file_is_whole_or_damaged(raw: bytes) -> None:
    with TemporaryDirectory() as folder, contextlib.suppress(KeysDamaged):
        path = Path(folder, "keys")
        path.touch(0o600)
        path.write_bytes(raw)
        facility_keys.load(path)


@few
@given(
    st.one_of(
        st.text(max_size=120), st.from_regex(r"\$argon2id\$v=19\$m=\d+,t=\d,p=\d\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
    )
)
def test_a_stored_hash_is_whole_or_unusable(phc: str) -> None:
    with contextlib.suppress(UnusableHash):
        assert str(PinHash.parse(phc))


@few
@given(st.one_of(st.text(max_size=200), st.text(max_size=100).map(lambda more: TRANSCRIPT + more)))
def test_a_transcript_is_read_or_its_bad_line_told(text: str) -> None:
    with contextlib.suppress(UnreadableTranscript):
        Transcript.parse(text)


lines = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner)), max_leaves=5
)
members = st.sampled_from(["command", "answer", "raised"])


@few
@given(st.one_of(lines, st.dictionaries(members, leaves)))
def test_a_line_of_a_transcript_may_be_any_json(line: object) -> None:
    with contextlib.suppress(UnreadableTranscript):
        Transcript.parse(TRANSCRIPT + json.dumps(line))
