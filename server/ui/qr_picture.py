"""A QR code as a picture in a window: black on white in both themes, no file."""

import tkinter

import segno

# Scanners want a quiet edge of four modules (ISO/IEC 18004).
_QUIET = 4


def qr_picture(parent: tkinter.Misc, text: str, *, side_px: int) -> tkinter.PhotoImage:
    """A picture of `text`, as large as whole modules allow within `side_px` pixels.

    The caller keeps the picture: Tk forgets one that nobody holds.
    """
    code = segno.make_qr(text, error="m")
    scale = max(1, side_px // code.symbol_size(border=_QUIET)[0])
    rows = [
        "{" + " ".join("#000000" if dark else "#ffffff" for dark in row) + "}"
        for row in code.matrix_iter(scale=scale, border=_QUIET)
    ]
    picture = tkinter.PhotoImage(master=parent, width=len(rows), height=len(rows))
    picture.put(" ".join(rows))
    return picture
