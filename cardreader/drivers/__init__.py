"""Drivers, one per way of reaching a reader. They alone know card libraries, and none of their exceptions leaves them."""
