"""Pixels to templates to verdicts: detect, align, encode, judge quality, track, identify.

Knows nothing of sockets, windows or SQL. Images are `numpy.uint8 (height, width, 3)` RGB.
"""
