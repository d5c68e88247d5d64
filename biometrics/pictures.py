"""Reading pictures that people have: any format and mode in, upright RGB out, or a sentence."""

import functools
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile, ImageOps, UnidentifiedImageError

from biometrics.faces import Image

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Larger files are refused unread: a 50-megapixel JPEG is about 25 MB."""
MAX_PIXELS = 60_000_000
"""Larger pictures are refused undecoded: 180 MB of RGB, beyond any ordinary camera."""
MIN_SIDE_PX = 40
"""Smaller pictures cannot show a face the detector finds, even when doubled."""
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF")
"""What is tried, by Pillow's names: formats that hold photographs and need no other program."""
SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".mpo",
        ".png",
        ".webp",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".ppm",
        ".pgm",
        ".jp2",
        ".avif",
    ]
)
"""Names that look like pictures, for choosing files in a folder."""

# Sizes are refused here, in a sentence. Where warnings are errors Pillow's own limit comes first.
warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)


class PictureError(ValueError):
    """Raised when a picture cannot be read; the message names the file and says why."""


def read_picture(source: Path | bytes, *, name: str | None = None) -> Image:
    """The picture as `uint8 (height, width, 3)` RGB, turned as its EXIF note asks.

    CMYK, grey, palette, 16-bit and floating-point pictures are converted; what is transparent
    becomes white; of an animation the first frame is taken.

    Args:
        source: A file, or its contents.
        name: What to call it in messages; the file's name by default.

    Raises:
        PictureError: Missing, empty, too large or small, damaged, or not a picture.
    """
    given = name or (source.name if isinstance(source, Path) else "The picture")
    # Names come from whoever sent the files: no line breaks or terminal codes in messages.
    called = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in given
    )
    data = _contents(source, called) if isinstance(source, Path) else source
    if not data:
        raise PictureError(f"{called} is empty.")
    # face_recognition sets it when imported: half a picture would pass, its rest filled with grey.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Pillow.open(io.BytesIO(data), formats=_formats()) as picture:
            _require_size(picture, called)
            return _as_rgb(picture)
    except PictureError:
        raise
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        raise PictureError(
            f"{called} is too large: {MAX_PIXELS // 1_000_000} megapixels at most."
        ) from None
    except UnidentifiedImageError:
        raise PictureError(f"{called} is not a picture this program can read.") from None
    # Pillow's decoders raise many kinds on damaged data, and warn where warnings are errors.
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        EOFError,
        IndexError,
        KeyError,
        ArithmeticError,
        MemoryError,
        OverflowError,
        RuntimeError,
        Warning,
    ) as error:
        detail = " ".join(str(error).split())[:120]
        raise PictureError(f"{called} is damaged or cut short: {detail}") from error


@functools.cache
def _formats() -> tuple[str, ...]:
    """Those of `FORMATS` that this Pillow was built with."""
    Pillow.init()
    return tuple(name for name in FORMATS if name in Pillow.OPEN)


def _contents(path: Path, called: str) -> bytes:
    try:
        if not path.is_file():
            there = "is a folder, not a picture" if path.is_dir() else "is not a file"
            raise PictureError(f"{called} {there if path.exists() else 'is not there'}.")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PictureError(
                f"{called} is too large: {MAX_FILE_BYTES // (1024 * 1024)} MB at most."
            )
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{called} cannot be read: {error.strerror}.") from error


def _require_size(picture: Pillow.Image, called: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{called} is too large: {width}x{height}, "
            f"{MAX_PIXELS // 1_000_000} megapixels at most."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise PictureError(
            f"{called} is too small: {width}x{height}, {MIN_SIDE_PX} px a side at least."
        )


def _as_rgb(picture: Pillow.Image) -> Image:
    picture.seek(0)
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith(("I", "F")):
        return _from_wide_grey(np.asarray(upright))
    if upright.has_transparency_data:
        layered = upright.convert("RGBA")
        ground = Pillow.new("RGBA", layered.size, "white")
        upright = Pillow.alpha_composite(ground, layered)
    return np.array(upright.convert("RGB"), dtype=np.uint8)


def _from_wide_grey(values: NDArray[Any]) -> Image:
    """Grey of more than 8 bits: 16-bit counts are divided, others stretched to their range."""
    numbers = np.nan_to_num(values.astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and 255 < high <= 65535:
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 1.0 if high <= 1 else 255.0
    high = max(high, low + 1e-9)
    grey = np.clip((numbers - low) / (high - low) * 255, 0, 255).round().astype(np.uint8)
    return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
