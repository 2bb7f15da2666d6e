"""The batch on the wire, byte for byte, and the strict reading of its answer."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from sync.document import read_document
from sync.envelope import Acknowledgement, BootOffset, Rejection, Sealed, batch_body, read_acknowledgement
from sync.outcome import UnreadableAnswer

ANSWER = {"acknowledged": 2, "rejected": [], "conflicts": [], "server_time": "2026-11-22T01:00:00.000Z"}


def test_a_batch_is_its_records_as_stored_and_its_last_one_as_signed_head() -> None:
    events = (Sealed(7, bytes([1] * 32), '{"a":1}'), Sealed(8, bytes([2] * 32), '{"名":"x"}'))
    assert (
        batch_body(events, bytes([0xFF] * 64))
        == (
            '{"events":[{"a":1},{"名":"x"}],"head":{"hash":"'
            + "02" * 32
            + '","seq":8,"signature":"'
            + "/" * 85
            + 'w=="}}'
        ).encode()
    )


def test_a_batch_may_say_what_time_it_is_in_its_boot_and_what_is_lost() -> None:
    boot = BootOffset(UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427"), 1795309000000, 3)
    body = json.loads(batch_body((Sealed(7, bytes(32), '{"a":1}'),), bytes(64), boot=boot, lost=[4, 5]))
    assert body["events"] == [{"a": 1}]
    assert body["boot"] == {"boot": str(boot.boot), "offset_ms": 1795309000000, "error_ms": 3}
    assert body["lost"] == [4, 5]


def test_a_full_answer_is_read() -> None:
    rejected = [{"seq": 1, "code": "unknown_member", "detail": "no such member", "later": "said more"}]
    document = {**ANSWER, "rejected": rejected, "conflicts": [2], "unasked": None}
    assert read_acknowledgement(read_document(json.dumps(document).encode())) == Acknowledgement(
        acknowledged=2,
        rejected=(Rejection(1, "unknown_member", "no such member"),),
        conflicts=(2,),
        server_time=datetime(2026, 11, 22, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("acknowledged", -1),
        ("acknowledged", True),
        ("acknowledged", 2.0),
        ("acknowledged", "2"),
        ("acknowledged", 2**53),
        ("rejected", None),
        ("rejected", {}),
        ("rejected", [3]),
        ("seq", [{"seq": 0, "code": "bad_kind", "detail": ""}]),
        ("code", [{"seq": 1, "code": "Not a word\n", "detail": ""}]),
        ("detail", [{"seq": 1, "code": "bad_kind"}]),
        ("detail", [{"seq": 1, "code": "bad_kind", "detail": "\ud800"}]),
        ("conflicts", ["1"]),
        ("server_time", "2026-11-22T01:00:00"),
        ("server_time", "yesterday"),
        ("server_time", "0001-01-01T00:00:00+23:59"),
        ("server_time", 0),
    ],
    ids=repr,
)
def test_an_answer_out_of_shape_is_unreadable(field: str, value: object) -> None:
    of_rejection = field in ("seq", "code", "detail")
    document = {**ANSWER, "rejected" if of_rejection else field: value}
    with pytest.raises(UnreadableAnswer) as unreadable:
        read_acknowledgement(read_document(json.dumps(document).encode()))
    assert unreadable.value.field == field


@pytest.mark.parametrize("field", ANSWER)
def test_an_answer_without_one_of_its_fields_is_unreadable(field: str) -> None:
    document = {name: value for name, value in ANSWER.items() if name != field}
    with pytest.raises(UnreadableAnswer, match=field):
        read_acknowledgement(document)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"\xff\xfe", b"[]", b"null", b"[" * 100_000, b'{"acknowledged":' + b"9" * 5000 + b"}"],
    ids=["empty", "html", "not utf-8", "a list", "null", "deep", "huge number"],
)
def test_what_is_not_a_json_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer, match="answer"):
        read_document(body)
