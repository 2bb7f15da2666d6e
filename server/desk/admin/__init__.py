"""The console's lists and forms, found here by Django's admin."""

from server.desk.admin import ledger, members, records, terminals

__all__ = ["ledger", "members", "records", "terminals"]
