"""A Django database backend: Django's own for SQLite, on the SQLite that sqlcipher3 carries (not encrypted here)."""
