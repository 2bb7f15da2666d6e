"""`script/fuzz` finds the properties it is to fuzz, and each takes an input."""

from machine.fuzzing import targets


def test_every_property_is_a_target_that_takes_bytes() -> None:
    found = targets()
    assert "test_fuzz_parsers:test_a_whole_certificate_is_judged_or_malformed" in found
    assert len(found) > 10
    for target in found.values():
        target(bytes(64))
