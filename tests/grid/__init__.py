"""The whole grid: real programs, killed, cut off, and on two machines."""
