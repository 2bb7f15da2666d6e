"""Facilities and the terminals at their doors: enrolment, and the signature on every request they make."""
