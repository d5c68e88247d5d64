"""Pictures of every kind are read upright as RGB, or refused with a sentence that names them."""

import io
import os
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from biometrics.pictures import MAX_FILE_BYTES, PictureError, read_picture
from tests.biometrics.support import HOPPER


def picture(width: int = 60, height: int = 50) -> Image.Image:
    """Red on the left, blue on the right; grey values differ too."""
    values = np.zeros((height, width, 3), np.uint8)
    values[:, : width // 2] = (200, 10, 10)
    values[:, width // 2 :] = (10, 10, 120)
    return Image.fromarray(values)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def refused(source: bytes | Path, name: str | None = None) -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(source, name=name)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".") or ":" in sentence
    return sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "PPM", "GIF"])
def test_ordinary_formats_are_read(kind: str) -> None:
    """As uint8 RGB, the red half on the left."""
    found = read_picture(saved(picture(), kind))
    assert found.shape == (50, 60, 3)
    assert found.dtype == np.uint8
    assert found.flags["C_CONTIGUOUS"]
    assert found[25, 5, 0] > 150 > found[25, 55, 0]


def test_a_file_is_read_by_its_path() -> None:
    """The portrait matplotlib ships."""
    assert read_picture(HOPPER).shape == (600, 512, 3)


def test_b22_a_truncated_jpeg_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B22: cut anywhere, also where another library told Pillow to let it pass."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    whole = HOPPER.read_bytes()
    path = tmp_path / "hopper.jpg"
    for length in (1, 10, 200, 3000, len(whole) // 2):
        path.write_bytes(whole[:length])
        assert refused(path).startswith("hopper.jpg ")


def test_b22_a_picture_of_one_pixel_is_refused() -> None:
    """B22: too small to show a face."""
    sentence = refused(saved(picture(2, 1).resize((1, 1)), "PNG"), "dot.png")
    assert sentence == "dot.png is too small: 1x1, 40 px a side at least."


def png_head(side: int) -> bytes:
    """A file that says it is a square picture of that side, and holds next to nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
        )

    head = chunk(b"IHDR", struct.pack("!IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100))


@pytest.mark.parametrize("side", [9_000, 20_000, 100_000])
def test_b22_a_huge_picture_is_refused_before_it_is_decoded(side: int) -> None:
    """B22: 20,000 pixels square would be 1.2 GB; only the head of the file is looked at."""
    assert refused(png_head(side), "wall.png").startswith("wall.png is too large: ")


def test_no_warning_of_pillows_stands_beside_the_sentence(tmp_path: Path) -> None:
    """A program that shows warnings shows the refusal alone."""
    path = tmp_path / "wall.png"
    path.write_bytes(png_head(10_000))
    program = f"""
from pathlib import Path
from biometrics.pictures import PictureError, read_picture
try:
    read_picture(Path({str(path)!r}))
except PictureError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "default", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.startswith("wall.png is too large: ")
    assert ran.stderr == ""


def test_b22_cmyk_is_converted() -> None:
    """B22: as printers' pictures are."""
    found = read_picture(saved(picture().convert("CMYK"), "JPEG"))
    assert found.shape == (50, 60, 3)
    assert found[25, 5, 0] > 150 > found[25, 55, 0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_b22_sixteen_bits_are_scaled(kind: str) -> None:
    """B22: 65535 is white and half of it grey, not white too."""
    values = np.zeros((50, 60), np.uint16)
    values[:, 20:40] = 32768
    values[:, 40:] = 65535
    found = read_picture(saved(Image.fromarray(values), kind))
    assert [int(found[0, x, 1]) for x in (0, 30, 59)] == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 128.0, 255.0], [0, 128, 255]),
        ([-4.0, 0.0, 4.0], [0, 128, 255]),
        ([7.0, 7.0, 7.0], [7, 7, 7]),
        ([70000.0, 70000.0, 70000.0], [0, 0, 0]),
        ([float("nan"), 0.0, 1.0], [0, 0, 255]),
    ],
)
def test_b22_floating_point_is_stretched(values: list[float], expected: list[int]) -> None:
    """B22: whatever the range, also a flat one."""
    row = np.repeat(np.array(values, np.float32), 20)
    found = read_picture(saved(Image.fromarray(np.tile(row, (50, 1))), "TIFF"))
    assert [int(found[0, x, 0]) for x in (0, 30, 59)] == expected


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA"])
def test_b22_every_mode_becomes_rgb(mode: str) -> None:
    """B22: black and white, grey, palettes, with transparency or without."""
    kind = "TIFF" if mode == "PA" else "PNG"
    source = picture().convert("P").convert(mode) if mode == "PA" else picture().convert(mode)
    found = read_picture(saved(source, kind))
    assert found.shape == (50, 60, 3)
    assert found[:, :30].mean() > found[:, 30:].mean()


def test_b22_what_is_transparent_becomes_white() -> None:
    """B22: not whatever colour hides behind it."""
    clear = Image.new("RGBA", (60, 50), (0, 0, 0, 0))
    assert (read_picture(saved(clear, "PNG")) == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_b22_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    """B22: the others are left alone."""
    first, second = Image.new("RGB", (60, 50), "red"), Image.new("RGB", (60, 50), "blue")
    data = saved(first, kind, save_all=True, append_images=[second])
    assert read_picture(data)[25, 30, 0] > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_b22_pictures_are_turned_as_exif_asks(orientation: int) -> None:
    """B22: a phone held any way; the red half ends up where the eye saw it."""
    back = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = picture()
    for step in back[orientation]:
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read_picture(saved(stored, "JPEG", exif=exif, quality=95))
    assert found.shape == (50, 60, 3)
    assert found[25, 5, 0] > 150 > found[25, 55, 0]


@pytest.mark.parametrize(
    "junk", [b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.4", b"<svg/>", b"MZ" * 99, "Grüße".encode()]
)
def test_b22_what_is_not_a_picture_is_refused(junk: bytes) -> None:
    """B22: text, programs, documents, heads without a body."""
    assert refused(junk, "letter.jpg").startswith("letter.jpg is ")


def test_b22_damaged_pictures_never_raise_anything_else() -> None:
    """B22: 400 pictures with bytes changed at random are read or refused."""
    chance = random.Random(22)
    options: list[tuple[str, dict[str, object]]] = [
        ("JPEG", {}),
        ("PNG", {}),
        ("GIF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {}),
        ("BMP", {}),
    ]
    originals = [saved(picture(), kind, **settings) for kind, settings in options]
    outcomes = {"read": 0, "refused": 0}
    for _ in range(400):
        data = bytearray(chance.choice(originals))
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert read_picture(bytes(data)).dtype == np.uint8
            outcomes["read"] += 1
        except PictureError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 20


def test_b22_empty_missing_and_folders_are_refused(tmp_path: Path) -> None:
    """B22: each by its own sentence, with its name."""
    empty = tmp_path / "empty.png"
    empty.touch()
    assert refused(empty) == "empty.png is empty."
    assert refused(tmp_path / "gone.png") == "gone.png is not there."
    assert refused(tmp_path).endswith(" is a folder, not a picture.")
    assert refused(b"") == "The picture is empty."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_b22_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """B22: reading it would block for ever."""
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    assert refused(pipe) == "pipe.jpg is not a file."


def test_b22_a_file_of_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    """B22: sparse on the disk, so only its length is large."""
    path = tmp_path / "film.jpg"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert refused(path) == "film.jpg is too large: 64 MB at most."


def test_names_are_shown_without_control_characters() -> None:
    """A file's name is chosen by a stranger."""
    assert refused(b"", "a\n\x1b[31mb\u202e.png") == "a��[31mb�.png is empty."
