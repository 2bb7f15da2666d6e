"""The terminal's one database: roster, presence and the queue of events, encrypted at rest."""
