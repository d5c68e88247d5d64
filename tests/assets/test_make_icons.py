"""The icons exist in every size, are drawn where they should be, and the SVG is well formed."""

import runpy
from pathlib import Path
from xml.dom import minidom

import pytest
from PIL import Image

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@pytest.mark.parametrize("name", ["checkpoint", "server"])
def test_script_makes_exactly_the_committed_files(name: str, tmp_path: Path) -> None:
    """The folder holds what the script writes, and each PNG has the size of its name."""
    script = runpy.run_path(str(ASSETS / "make_icons.py"))
    made = {path.name for path in script["write"](tmp_path) if path.name.startswith(name)}
    committed = {path.name for path in (ASSETS / "icons").glob(f"{name}*")}
    assert made == committed
    for picture in sorted((ASSETS / "icons").glob(f"{name}-*.png")):
        side = int(picture.stem.rpartition("-")[2])
        with Image.open(picture) as image:
            assert image.size == (side, side)


@pytest.mark.parametrize("name", ["checkpoint", "server"])
def test_icon_has_a_head_in_the_middle_and_clear_corners(name: str) -> None:
    """The corners are transparent; the middle is not one flat colour."""
    with Image.open(ASSETS / "icons" / f"{name}-64.png") as image:
        pixels = image.convert("RGBA")
    assert pixels.getpixel((0, 0)) == (0, 0, 0, 0)
    colours = pixels.crop((16, 16, 48, 48)).getcolors(4096)
    assert colours is not None
    assert len(colours) > 1


@pytest.mark.parametrize("name", ["checkpoint", "server"])
def test_svg_is_well_formed(name: str) -> None:
    """An XML parser reads the drawing and finds its square view."""
    document = minidom.parse(str(ASSETS / "icons" / f"{name}.svg"))
    assert document.documentElement is not None
    assert document.documentElement.getAttribute("viewBox") == "0 0 64 64"
