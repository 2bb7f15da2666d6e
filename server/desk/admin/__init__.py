"""The console's lists and forms, found here by Django's admin."""

from server.desk.admin import house, ledger, members, prices, records, terminals

__all__ = ["house", "ledger", "members", "prices", "records", "terminals"]
