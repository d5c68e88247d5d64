"""The live picture: one PhotoImage pasted into, with the faces' boxes and words above it."""

import sys
import tkinter
import tkinter.font
from typing import Any

from PIL import Image as PilImage
from PIL import ImageTk

from client.camera.frames import Image
from client.ui.banner import elided
from client.view_model import FaceMark
from desktop.ui.palette import Palette
from desktop.ui.theme import icon, on_change, palette, px

# Pasting costs by the pixel: 960 x 720 is the largest picture that leaves most of a turn free.
LARGEST = (960, 720)
GROUND = "#14171a"
HINT = "#c3cad1"
# The legs of a box's corners, as a share of its shorter side.
CORNER = 0.22


class VideoView(tkinter.Canvas):
    """Shows frames fitted into whatever room there is; belongs to the main thread.

    Args:
        parent: Where it goes.
        mirror: Whether left and right are swapped, as in a mirror.

    Attributes:
        frames: Pictures shown since the start.
    """

    def __init__(
        self, parent: tkinter.Misc, *, mirror: bool, width: int = 640, height: int = 480
    ) -> None:
        super().__init__(
            parent,
            width=px(parent, width),
            height=px(parent, height),
            background=GROUND,
            highlightthickness=0,
            borderwidth=0,
            takefocus=0,
        )
        self.mirror = mirror
        self.frames = 0
        self._photo: ImageTk.PhotoImage | None = None
        self._room = (px(parent, width), px(parent, height))
        self._source = (0, 0)
        self._place = (0, 0, 1, 1)
        self._marks: tuple[FaceMark, ...] = ()
        self._hint = ""
        self._visible = False
        self._picture = self.create_image(0, 0, anchor="nw", state="hidden")
        self._hint_icon = self.create_image(0, 0, anchor="s", state="hidden")
        self._hint_text = self.create_text(
            0, 0, anchor="n", fill=HINT, font="GridBold", justify="center", state="hidden"
        )
        self._bold = tkinter.font.nametofont("GridBold", root=self)
        self.bind("<Configure>", self._resized)
        on_change(self, self._repaint)

    @property
    def hint(self) -> str:
        """The words in the picture's place, or "" while there is a picture."""
        return self._hint

    def show(self, image: Image) -> None:
        """Shows a frame: RGB, uint8, (height, width, 3)."""
        height, width = int(image.shape[0]), int(image.shape[1])
        if (width, height) != self._source:
            self._source = (width, height)
            self._place = fitted((width, height), self._room)
        _left, _top, shown_width, shown_height = self._place
        picture = _scaled(image, shown_width, shown_height, mirror=self.mirror)
        if self._photo is None or (self._photo.width(), self._photo.height()) != picture.size:
            self._photo = ImageTk.PhotoImage(picture, master=self)
            self.itemconfigure(self._picture, image=self._photo)
            self._lay_out()
        else:
            self._photo.paste(picture)
        if not self._visible and not self._hint:
            self._visible = True
            self.itemconfigure(self._picture, state="normal")
        self.frames += 1

    def show_hint(self, text: str, *, icon_name: str = "camera-video-off") -> None:
        """Puts words in the picture's place; "" gives the place back to the picture."""
        if text == self._hint:
            return
        self._hint = text
        shown = "normal" if text else "hidden"
        self.itemconfigure(self._hint_text, text=text, state=shown)
        self.itemconfigure(self._hint_icon, image=icon(icon_name, HINT, size=48), state=shown)
        self._visible = False  # the next frame shows it: an old one must not look live
        self.itemconfigure(self._picture, state="hidden")
        if text:
            self.show_marks(())

    def show_marks(self, marks: tuple[FaceMark, ...]) -> None:
        """Draws the faces' boxes, in the coordinates of the frame."""
        if marks != self._marks:
            self._marks = marks
            self._draw_marks(palette(self))

    def _resized(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        self._room = (event.width, event.height)
        if self._source != (0, 0):
            self._place = fitted(self._source, self._room)
        self._lay_out()

    def _lay_out(self) -> None:
        width, height = self._room
        self.coords(self._picture, self._place[0], self._place[1])
        self.coords(self._hint_icon, width // 2, height // 2 - px(self, 4))
        self.coords(self._hint_text, width // 2, height // 2 + px(self, 8))
        self.itemconfigure(self._hint_text, width=max(1, width - px(self, 32)))
        self._draw_marks(palette(self))

    def _repaint(self, colours: Palette) -> None:
        self._draw_marks(colours)

    def _draw_marks(self, colours: Palette) -> None:
        self.delete("mark")
        if self._source == (0, 0) or self._hint:
            return
        for mark in self._marks:
            self._draw_mark(mark, colours)

    def _draw_mark(self, mark: FaceMark, colours: Palette) -> None:
        left, top, right, bottom = self._on_screen(mark)
        fill, word = colours.fill(mark.tone), colours.on(mark.tone)
        leg = max(px(self, 8), round(min(right - left, bottom - top) * CORNER))
        for x, inward_x in ((left, leg), (right, -leg)):
            for y, inward_y in ((top, leg), (bottom, -leg)):
                self.create_line(
                    [x + inward_x, y, x, y, x, y + inward_y],
                    fill=fill, width=px(self, 3), joinstyle="round", capstyle="round", tags="mark",
                )  # fmt: skip
        if not mark.words:
            return
        gap, edge = px(self, 6), px(self, 6)
        text = self.create_text(
            (left + right) // 2, bottom + gap + edge,
            text=elided(mark.words, self._place[2] - px(self, 32), self._bold.measure),
            anchor="n", fill=word, font="GridBold", tags="mark",
        )  # fmt: skip
        self._keep_inside(text, above=top - gap - edge)
        x0, y0, x1, y1 = self.bbox(text)
        plate = self.create_rectangle(
            x0 - edge, y0 - edge // 2, x1 + edge, y1 + edge // 2, fill=fill, width=0, tags="mark"
        )
        self.tag_lower(plate, text)

    def _keep_inside(self, text: int, *, above: int) -> None:
        """Moves a face's words above its box when they would leave the picture, and sideways."""
        place_left, place_top, place_width, place_height = self._place
        margin = px(self, 8)
        _x0, y0, _x1, y1 = self.bbox(text)
        if y1 > place_top + place_height - margin // 2:
            room_above = above - (y1 - y0) >= place_top
            bottom = place_top + place_height - margin
            self.move(text, 0, (above if room_above else bottom) - y1)
        x0, _y0, x1, _y1 = self.bbox(text)
        beyond = max(0, x1 - (place_left + place_width - margin))
        short = max(0, place_left + margin - x0)
        self.move(text, short - beyond, 0)

    def _on_screen(self, mark: FaceMark) -> tuple[int, int, int, int]:
        place_left, place_top, width, height = self._place
        across, down = width / self._source[0], height / self._source[1]
        left, right = mark.box.left * across, mark.box.right * across
        if self.mirror:
            left, right = width - right, width - left
        return (
            place_left + round(left),
            place_top + round(mark.box.top * down),
            place_left + round(right),
            place_top + round(mark.box.bottom * down),
        )


def fitted(picture: tuple[int, int], room: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where a picture goes in a room: left, top, width, height, its proportions kept, capped.

    Args:
        picture: Its width and height in pixels.
        room: The width and height there are.
    """
    allowed = (min(room[0], LARGEST[0]), min(room[1], LARGEST[1]))
    scale = min(allowed[0] / picture[0], allowed[1] / picture[1])
    width, height = max(1, round(picture[0] * scale)), max(1, round(picture[1] * scale))
    return (room[0] - width) // 2, (room[1] - height) // 2, width, height


def _scaled(image: Image, width: int, height: int, *, mirror: bool) -> PilImage.Image:
    """The frame in another size; OpenCV when some thread has loaded it, never loading it here."""
    cv2: Any = sys.modules.get("cv2")
    resize = getattr(cv2, "resize", None)
    if resize is None:
        picture = PilImage.fromarray(image).resize((width, height), PilImage.Resampling.BILINEAR)
        return picture.transpose(PilImage.Transpose.FLIP_LEFT_RIGHT) if mirror else picture
    if (width, height) != (image.shape[1], image.shape[0]):
        shrinking = width < image.shape[1]
        image = resize(
            image, (width, height), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
        )
    return PilImage.fromarray(cv2.flip(image, 1) if mirror else image)
