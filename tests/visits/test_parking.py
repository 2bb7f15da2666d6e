"""Who gets how much parking and why, by the time used (A49-A54) and by the occasion (C31)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.parking import (
    AllDay,
    Discount,
    DiscountTerms,
    Occasion,
    Parked,
    Purpose,
    Reason,
    Voucher,
    VoucherTerms,
    discount,
    longest,
    voucher,
)

TERMS = VoucherTerms()
DISCOUNTS = DiscountTerms()
ELIGIBLE = [Purpose.COWORKING, Purpose.MEETING_SPACE, Purpose.SEMINAR_ORGANISER, Purpose.SEMINAR_PARTICIPANT]
REFUSED = {
    Purpose.COORDINATOR: Reason.COORDINATOR,
    Purpose.TOUR: Reason.TOUR,
    Purpose.ELSEWHERE: Reason.ELSEWHERE,
}


def ask(
    used: int,
    parked: int,
    *,
    purpose: Purpose = Purpose.COWORKING,
    registered: bool = True,
    terms: VoucherTerms = TERMS,
) -> Voucher:
    """Minutes used and parked."""
    return voucher(terms, Parked(purpose, timedelta(minutes=used), timedelta(minutes=parked), registered))


@pytest.mark.parametrize("purpose", ELIGIBLE, ids=lambda purpose: purpose.value)
def test_who_used_the_house_for_longer_than_parking_is_free_gets_the_excess(purpose: Purpose) -> None:
    assert ask(240, 240, purpose=purpose) == Voucher(120, 0, Reason.EXCESS)


@pytest.mark.parametrize("registered", [True, False], ids=["member", "nobody's member"])
@pytest.mark.parametrize(("purpose", "reason"), REFUSED.items(), ids=lambda each: each.value)
def test_who_came_for_something_else_gets_none_member_or_not(
    purpose: Purpose, reason: Reason, registered: bool
) -> None:
    assert ask(240, 240, purpose=purpose, registered=registered) == Voucher(0, 120, reason)


def test_in_a_meeting_space_only_members_get_one() -> None:
    assert ask(240, 240, purpose=Purpose.MEETING_SPACE, registered=False) == Voucher(0, 120, Reason.NOT_REGISTERED)


@pytest.mark.parametrize(
    "purpose",
    [Purpose.COWORKING, Purpose.SEMINAR_ORGANISER, Purpose.SEMINAR_PARTICIPANT],
    ids=lambda purpose: purpose.value,
)
def test_speakers_and_participants_need_no_registration(purpose: Purpose) -> None:
    assert ask(240, 240, purpose=purpose, registered=False).reason is Reason.EXCESS


@pytest.mark.parametrize(
    ("used", "parked", "expected"),
    [
        (119, 119, Voucher(0, 0, Reason.PARKED_WITHIN_FREE)),
        (120, 120, Voucher(0, 0, Reason.PARKED_WITHIN_FREE)),
        (121, 120, Voucher(0, 0, Reason.PARKED_WITHIN_FREE)),
        (120, 121, Voucher(0, 1, Reason.USED_WITHIN_FREE)),
        (121, 121, Voucher(1, 0, Reason.EXCESS)),
        (121, 122, Voucher(2, 0, Reason.EXCESS)),
    ],
)
def test_two_hours_are_free_and_the_voucher_begins_after_them(used: int, parked: int, expected: Voucher) -> None:
    assert ask(used, parked) == expected


@pytest.mark.parametrize(
    ("parked", "expected"),
    [
        (180, Voucher(60, 0, Reason.EXCESS)),
        (209, Voucher(89, 0, Reason.EXCESS)),
        (210, Voucher(90, 0, Reason.EXCESS)),
        (211, Voucher(90, 1, Reason.EXCESS)),
        (480, Voucher(90, 270, Reason.EXCESS)),
    ],
)
def test_a_car_left_far_longer_than_the_house_was_used_is_charged(parked: int, expected: Voucher) -> None:
    assert ask(180, parked) == expected


@pytest.mark.parametrize(("allowance", "charged"), [(0, 60), (59, 1), (60, 0), (61, 0)])
def test_how_far_is_a_setting(allowance: int, charged: int) -> None:
    assert ask(180, 240, terms=VoucherTerms(allowance_minutes=allowance)).charged_minutes == charged


@pytest.mark.parametrize(("free", "expected"), [(60, 180), (120, 120), (0, 240)])
def test_how_long_parking_is_free_is_a_setting(free: int, expected: int) -> None:
    assert ask(240, 240, terms=VoucherTerms(free_minutes=free)).minutes == expected


@pytest.mark.parametrize(("free", "allowance"), [(-1, 30), (120, -1)])
def test_terms_of_less_than_no_minutes_are_a_mistake(free: int, allowance: int) -> None:
    with pytest.raises(ValueError, match="minutes"):
        VoucherTerms(free, allowance)


@pytest.mark.parametrize(("used", "parked"), [(-1, 0), (0, -1)])
def test_less_than_no_time_cannot_be_parked(used: int, parked: int) -> None:
    with pytest.raises(ValueError, match="backwards"):
        ask(used, parked)


def test_seconds_count_for_nothing() -> None:
    used, parked = timedelta(minutes=121, seconds=59), timedelta(minutes=121, seconds=59)
    assert voucher(TERMS, Parked(Purpose.COWORKING, used, parked, registered=True)) == Voucher(1, 0, Reason.EXCESS)


@pytest.mark.parametrize(("purchased", "hours"), [(0, 0), (1_999, 0), (2_000, 1), (2_001, 1), (20_000, 1)])
def test_a_purchase_of_2000_yen_gives_an_hour(purchased: int, hours: int) -> None:
    assert discount(DISCOUNTS, Occasion.SHOWROOM_PURCHASE, purchased=purchased) == hours


@pytest.mark.parametrize(
    ("occasion", "expected"),
    [
        (Occasion.SHOWROOM_EVENT, 2),
        (Occasion.SHOWROOM_ORGANISER, AllDay.ALL_DAY),
        (Occasion.UPSTAIRS_PUBLIC_EVENT, 2),
        (Occasion.UPSTAIRS_PRIVATE_EVENT, 0),
        (Occasion.VISIT, 0),
    ],
    ids=str,
)
def test_an_event_gives_what_the_terms_say(occasion: Occasion, expected: Discount) -> None:
    assert discount(DISCOUNTS, occasion) == expected


@pytest.mark.parametrize(
    "occasion", [Occasion.UPSTAIRS_PRIVATE_EVENT, Occasion.VISIT], ids=lambda occasion: occasion.value
)
def test_a_purchase_counts_as_a_purchase_only(occasion: Occasion) -> None:
    assert discount(DISCOUNTS, occasion, purchased=20_000) == 0


@pytest.mark.parametrize(
    ("discounts", "expected"),
    [
        ([], 0),
        ([1, 2], 2),
        ([2, 1], 2),
        ([2, 5], 5),
        ([1, AllDay.ALL_DAY, 2], AllDay.ALL_DAY),
    ],
    ids=["none", "purchase and event", "event and purchase", "approved", "organiser"],
)
def test_the_longest_discount_is_given_and_none_on_top(discounts: list[Discount], expected: Discount) -> None:
    assert longest(discounts) == expected


minutes = st.integers(0, 24 * 60)


@given(st.sampled_from(Purpose), minutes, minutes, st.booleans())
def test_every_minute_beyond_the_free_ones_is_covered_or_charged(
    purpose: Purpose, used: int, parked: int, registered: bool
) -> None:
    given_out = ask(used, parked, purpose=purpose, registered=registered)
    assert min(given_out.minutes, given_out.charged_minutes) >= 0
    assert given_out.minutes + given_out.charged_minutes == max(0, parked - 120)


@given(st.sampled_from(Purpose), minutes, minutes, minutes)
def test_a_longer_use_never_gives_less(purpose: Purpose, used: int, longer: int, parked: int) -> None:
    assert ask(used, parked, purpose=purpose).minutes <= ask(used + longer, parked, purpose=purpose).minutes


@given(st.sampled_from(Purpose), minutes, minutes, minutes)
def test_a_longer_parking_never_leaves_less_to_the_driver(
    purpose: Purpose, used: int, parked: int, longer: int
) -> None:
    sooner, later = ask(used, parked, purpose=purpose), ask(used, parked + longer, purpose=purpose)
    assert sooner.charged_minutes <= later.charged_minutes
    assert sooner.minutes <= later.minutes
