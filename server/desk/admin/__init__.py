"""The console's lists and forms, found here by Django's admin."""

from server.desk.admin import drop_in, house, ledger, members, over_limit, parking, prices, records, terminals

__all__ = ["drop_in", "house", "ledger", "members", "over_limit", "parking", "prices", "records", "terminals"]
