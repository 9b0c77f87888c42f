"""Building, starting and testing cowslip from the host."""
