"""Hypothesis on a busy machine: how long an example takes decides nothing. Loaded by the conftest of a suite."""

from hypothesis import HealthCheck, settings

PROFILE = "patient"


def load() -> None:
    settings.register_profile(PROFILE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile(PROFILE)
