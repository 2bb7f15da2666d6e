"""The console's lists and forms, found here by Django's admin."""

from server.desk.admin import (
    corrections,
    drop_in,
    house,
    ledger,
    members,
    over_limit,
    parking,
    prices,
    records,
    terminals,
)

__all__ = [
    "corrections",
    "drop_in",
    "house",
    "ledger",
    "members",
    "over_limit",
    "parking",
    "prices",
    "records",
    "terminals",
]
