"""The shared looks of both windows; the only part of this room that imports Tk."""
