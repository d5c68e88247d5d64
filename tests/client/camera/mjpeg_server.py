"""A network camera on 127.0.0.1 for the tests: an MJPEG stream that can be told to misbehave."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

PERIOD_S = 1 / 25


class MjpegServer(ThreadingHTTPServer):
    """Serves `/video`; `frozen` and `broken` change what comes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.silent = threading.Event()
        self.broken = threading.Event()
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What the camera is called as a source."""
        return f"http://127.0.0.1:{self.server_address[1]}/video"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that goes away is expected."""

    def stop(self) -> None:
        """Ends it."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join(2)


class _Handler(BaseHTTPRequestHandler):
    server: MjpegServer

    def log_message(self, *_args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """Sends one picture after another."""
        if self.path != "/video":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        number = 0
        while not self.server.closing.is_set() and not self.server.broken.is_set():
            if not self.server.silent.is_set():
                number += 1
                self.wfile.write(_part(number))
            time.sleep(PERIOD_S)


def _part(number: int) -> bytes:
    picture = np.full((120, 160, 3), 90, np.uint8)
    cv2.circle(picture, (20 + number * 3 % 120, 60), 15, (10, 200, 250), -1)
    good, data = cv2.imencode(".jpg", picture)
    assert good
    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {data.nbytes}\r\n\r\n"
    return head.encode() + data.tobytes() + b"\r\n"


__all__ = ["MjpegServer"]
