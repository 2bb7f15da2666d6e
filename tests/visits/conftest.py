"""No specification here depends on how fast the machine is."""

from samples import patience

patience.load()
