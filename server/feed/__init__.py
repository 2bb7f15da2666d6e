"""Telling terminals of what changes as soon as it is committed: who waits, what for, and how the database says it."""
