"""The shapes of all bodies and answers; the OpenAPI description is made from these.

Not in here: the meaning of an event record (visits.event).
"""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from visits.event import MAX_INTEGER

MAX_EVENTS = 500
MOST_WAIT_SECONDS = 25
"""Below the half minute after which proxies and mobile networks begin to drop silent connections."""

Instant = Annotated[str, Field(description="RFC 3339, UTC, milliseconds", json_schema_extra={"format": "date-time"})]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 or HMAC-SHA256, hexadecimal")]
Base64 = Annotated[str, Field(max_length=128, json_schema_extra={"contentEncoding": "base64"})]
Seq = Annotated[int, Field(strict=True, ge=1, le=MAX_INTEGER)]
Milliseconds = Annotated[int, Field(strict=True, ge=0, le=MAX_INTEGER)]


class ProblemOut(Schema):
    """RFC 9457; `code` is the word for programs."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    server_time: Instant | None = Field(None, description="only with code clock_skew")


class HealthOut(Schema):
    status: Literal["ok"]
    server_time: Instant


class EnrolmentIn(Schema):
    code: Annotated[str, Field(max_length=40)]
    public_key: Annotated[Base64, Field(description="the raw 32 bytes of an Ed25519 public key")]


class FacilityOut(Schema):
    id: UUID
    name: str


class EnrolmentOut(Schema):
    terminal: UUID
    facility: FacilityOut
    card_reference_key: Annotated[Base64, Field(description="32 bytes; keys the HMAC that cards are known by")]
    server_time: Instant


class KeyIn(Schema):
    public_key: Annotated[Base64, Field(description="the raw 32 bytes of the next Ed25519 public key")]
    proof: Annotated[Base64, Field(description="the next key's signature of the new key statement")]


class KeyOut(Schema):
    server_time: Instant


class SuccessorIn(Schema):
    terminal: Annotated[UUID, Field(description="the id the successor made for itself")]
    public_key: Annotated[Base64, Field(description="the raw 32 bytes of its Ed25519 public key")]
    proof: Annotated[Base64, Field(description="that key's signature of the successor statement")]


class SuccessorOut(Schema):
    terminal: UUID
    server_time: Instant


class HeadIn(Schema):
    seq: Seq
    hash: Hash
    signature: Annotated[Base64, Field(description="Ed25519 over the statement of this head")]


class BootIn(Schema):
    boot: UUID
    offset_ms: Annotated[Milliseconds, Field(description="the server's Unix time less the boot's monotonic clock")]
    error_ms: Annotated[Milliseconds, Field(description="half the round trip that told it")]


class EventsIn(Schema):
    events: Annotated[
        list[Annotated[dict[str, Any], Field(description="an event record, version 1")]],
        Field(min_length=1, max_length=MAX_EVENTS),
    ]
    head: HeadIn
    boot: Annotated[BootIn | None, Field(description="of the boot that delivers, which need not be an event's")] = None
    lost: Annotated[
        tuple[Seq, ...],
        Field(max_length=MAX_EVENTS, description="records the terminal declares destroyed, to be stepped over"),
    ] = ()


class RejectedOut(Schema):
    seq: int
    code: str
    detail: str


class AcknowledgementOut(Schema):
    acknowledged: Annotated[int, Field(description="everything up to this sequence number is held")]
    rejected: list[RejectedOut]
    conflicts: list[int]
    server_time: Instant


class MembershipOut(Schema):
    kind: Literal["individual", "corporate", "school", "partner", "daily", "drop_in", "staff"]
    first: Annotated[date, Field(description="a day of the house")]
    last: Annotated[date | None, Field(description="inclusive; null where no end is known")]
    organisation: Annotated[UUID | None, Field(description="for corporate, school and partner, and only for them")]
    uses_in_month: Annotated[int | None, Field(description="the member's own limit; null leaves the house's")]
    days_in_a_row: Annotated[int | None, Field(description="as above")]


class UsageOut(Schema):
    last: Annotated[date, Field(description="the last day on which the member came in")]
    uses_in_month: Annotated[int, Field(description="days of use in that day's month, up to it")]
    days_in_a_row: Annotated[int, Field(description="days of use in a row, up to it")]


class PastOut(Schema):
    last: Annotated[date, Field(description="the last day with a visit that has ended")]
    minutes: Annotated[int, Field(ge=0, description="of that day's month, each visit in whole minutes")]


class RosterMemberOut(Schema):
    id: UUID
    standing: Literal["active", "pending", "suspended", "ended"]
    name: str | None
    cards: list[Hash]
    inside_since: Instant | None
    memberships: Annotated[
        list[MembershipOut],
        Field(description="in force or ahead, and the last one ended; none: the standing alone decides"),
    ]
    outside_since: Annotated[Instant | None, Field(description="the last way out")]
    assumed: Annotated[bool, Field(description="nobody saw that way out; it is taken to have happened at closing")]
    usage: Annotated[UsageOut | None, Field(description="null for a member who never came")]
    past: Annotated[PastOut | None, Field(description="for members to read; null where no visit has ended lately")]
    paid_until: Annotated[Instant | None, Field(description="end of the time a drop-in visitor inside has paid for")]
    replaced_cards: Annotated[list[Hash], Field(description="the member's until another took their place")]


class RosterOut(Schema):
    cursor: str
    snapshot: Annotated[bool, Field(description="first answer of a snapshot: at its end, it replaces everything")]
    members: list[RosterMemberOut]
    removed: list[UUID]
    more: bool
    acknowledged: Annotated[
        int, Field(description="everything of this terminal was held up to here, when this was read")
    ]
    set_aside: Annotated[list[int], Field(description="its records that wait for staff, the first 500, ascending")]
    rules: Annotated[int, Field(description="the number of the facility's rules, 0 for none; see /rules")]
    server_time: Instant


class RulesOut(Schema):
    number: Annotated[int, Field(description="as in the roster; 0 for a facility without rules")]
    rulebook: Annotated[dict[str, Any], Field(description="a rulebook document, version 1")]
    server_time: Instant


class VisitOut(Schema):
    member: UUID
    member_name: str
    facility: UUID
    entered_at: Instant | None
    left_at: Instant | None
    flags: list[str]


class VisitsQuery(Schema):
    day: date
    facility: UUID
