"""Draws the programs' icons as SVG, PNG and ICO: `python assets/make_icons.py` (needs Pillow)."""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

GRID = 64  # every coordinate below is on a 64 x 64 grid
PNG_SIZES = (16, 32, 48, 64, 128, 256)
SUPERSAMPLE = 8

BLUE = "#0b57c9"
DEEP = "#08408f"
WHITE = "#ffffff"
PALE = "#a9c9ff"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tile:
    """A filled square with round corners over the whole icon."""

    fill: str
    inset: float = 2
    radius: float = 14


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle."""

    centre: Point
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class Shoulders:
    """The upper half of an ellipse: a bust below a head."""

    centre: Point
    radii: Point
    fill: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A polyline with round ends and joints."""

    points: tuple[Point, ...]
    width: float
    colour: str


Shape = Tile | Disc | Shoulders | Stroke


def _corners(near: float, far: float, leg: float) -> Iterator[Stroke]:
    """The four corners of a viewfinder."""
    for x, dx in ((near, leg), (far, -leg)):
        for y, dy in ((near, leg), (far, -leg)):
            yield Stroke(((x + dx, y), (x, y), (x, y + dy)), 4.2, PALE)


def checkpoint() -> tuple[Shape, ...]:
    """A person in a viewfinder: the camera's side of the grid."""
    return (
        Tile(BLUE),
        *_corners(12, 52, 9),
        Disc((32, 26.5), 8.2, WHITE),
        Shoulders((32, 48.5), (14, 11.5), WHITE),
    )


def server() -> tuple[Shape, ...]:
    """The same person amid a grid of nodes: the centre that the checkpoints ask."""
    nodes = ((13, 14), (51, 14), (13, 50), (51, 50))
    lines = tuple(Stroke(((32, 31), node), 3.0, PALE) for node in nodes)
    return (
        Tile(DEEP),
        *lines,
        *(Disc(node, 5.0, PALE) for node in nodes),
        Disc((32, 32), 16.5, WHITE),
        Disc((32, 27.6), 5.4, DEEP),
        Shoulders((32, 42.2), (9.2, 7.4), DEEP),
    )


def svg(shapes: tuple[Shape, ...]) -> str:
    """The shapes as an SVG document."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {GRID} {GRID}">',
            *(f"  {_element(shape)}" for shape in shapes),
            "</svg>\n",
        ]
    )


def _element(shape: Shape) -> str:
    match shape:
        case Tile(fill, inset, radius):
            side = GRID - 2 * inset
            return (
                f'<rect x="{inset}" y="{inset}" width="{side}" height="{side}" rx="{radius}"'
                f' fill="{fill}"/>'
            )
        case Disc((x, y), radius, fill):
            return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}"/>'
        case Shoulders((x, y), (rx, ry), fill):
            return f'<path d="M{x - rx} {y}A{rx} {ry} 0 0 1 {x + rx} {y}Z" fill="{fill}"/>'
        case Stroke(points, width, colour):
            path = "L".join(f"{x} {y}" for x, y in points)
            return (
                f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}"'
                ' stroke-linecap="round" stroke-linejoin="round"/>'
            )


def png(shapes: tuple[Shape, ...], size_px: int) -> Image.Image:
    """The shapes as a picture with transparent corners, drawn large and reduced."""
    scale = size_px * SUPERSAMPLE / GRID
    side = size_px * SUPERSAMPLE
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for shape in shapes:
        _draw(pen, shape, scale)
    return image.resize((size_px, size_px), Image.Resampling.LANCZOS)


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, scale: float) -> None:
    match shape:
        case Tile(fill, inset, radius):
            near, far = inset * scale, (GRID - inset) * scale - 1
            pen.rounded_rectangle((near, near, far, far), radius * scale, fill=fill)
        case Disc((x, y), radius, fill):
            pen.ellipse([v * scale for v in (x - radius, y - radius, x + radius, y + radius)], fill)
        case Shoulders((x, y), (rx, ry), fill):
            arc = [math.pi * (1 + step / 48) for step in range(49)]
            pen.polygon(
                [((x + rx * math.cos(a)) * scale, (y + ry * math.sin(a)) * scale) for a in arc],
                fill=fill,
            )
        case Stroke(points, width, colour):
            scaled = [(x * scale, y * scale) for x, y in points]
            pen.line(scaled, fill=colour, width=round(width * scale))
            reach = width * scale / 2
            for x, y in scaled:
                pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)


ICONS = {"checkpoint": checkpoint, "server": server}


def write(folder: Path) -> list[Path]:
    """Writes every icon in every format into the folder and returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, draw in ICONS.items():
        shapes = draw()
        vector = folder / f"{name}.svg"
        vector.write_text(svg(shapes), encoding="utf-8", newline="\n")
        files.append(vector)
        for size in PNG_SIZES:
            picture = folder / f"{name}-{size}.png"
            png(shapes, size).save(picture, optimize=True)
            files.append(picture)
        windows = folder / f"{name}.ico"
        drawn = [png(shapes, size) for size in PNG_SIZES]
        drawn[-1].save(windows, append_images=drawn[:-1], sizes=[(s, s) for s in PNG_SIZES])
        files.append(windows)
    return files


if __name__ == "__main__":
    for made in write(Path(__file__).resolve().parent / "icons"):
        sys.stdout.write(f"{made.name}: {made.stat().st_size} bytes\n")
