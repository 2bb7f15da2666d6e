"""What reception takes and hands out: drop-in stays, parking, fees over the limit, and quotes for anything priced."""
