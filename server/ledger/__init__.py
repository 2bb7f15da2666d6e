"""What the terminals reported, for ever, and the visits that follow from it."""
