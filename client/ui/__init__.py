"""The checkpoint's window; the only part of this side that imports Tk."""
