"""The bar in the banner: as far as it is, to and fro, or away."""

import tkinter

from database.log_state import UpgradeProgress
from server.ui.progress_banner import ProgressBanner


def test_the_bar_follows_what_is_told(surface: tkinter.Misc) -> None:
    """A number fills it, none moves it, and the end takes it away at rest."""
    banner = ProgressBanner(surface)
    banner.pack(fill="x")
    banner.show(tone="info", line="x", reason="y")
    banner.show_progress(UpgradeProgress("x", 250, 1_000))
    surface.update()
    assert banner.bar.winfo_ismapped()
    assert (str(banner.bar.cget("mode")), float(banner.bar.cget("value"))) == ("determinate", 25.0)
    assert banner.winfo_height() >= banner.winfo_reqheight()
    banner.show_progress(UpgradeProgress("x"))
    banner.show_progress(UpgradeProgress("y"))
    assert str(banner.bar.cget("mode")) == "indeterminate"
    banner.show_progress(None)
    surface.update()
    assert not banner.bar.winfo_ismapped()
    assert str(banner.bar.cget("mode")) == "determinate"
    banner.destroy()
