"""Specimens shared by several suites."""
