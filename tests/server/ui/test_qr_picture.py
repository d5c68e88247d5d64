"""Tests of the QR code on the screen."""

import cv2
import numpy as np

from server.ui.made_up_pairing import CODE
from server.ui.qr_picture import qr_picture
from server.ui.window import ServerWindow


def test_a_camera_can_read_it(window: ServerWindow) -> None:
    """OpenCV's reader finds the code in the picture's own pixels."""
    picture = qr_picture(window.root, CODE, side_px=220)
    side = picture.width()
    assert side <= 220
    rows = [[picture.get(x, y) for x in range(side)] for y in range(side)]
    pixels = np.array(rows, np.uint8)
    text, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(pixels)
    assert text == CODE
