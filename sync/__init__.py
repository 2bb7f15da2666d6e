"""The terminal's side of delivery: the queue of records, and how they reach the central server and the roster comes back.

Records are opaque JSON text here. Not in here: what a record means, who may pass, how a card is read; what must be
known of them (the statement a head signature covers) is handed in by the caller.
"""
