"""The conversation with a member as a pure state machine: no clock, no threads, no screen, and never a PIN digit."""
