"""Facts under each other: names, values, and the thin line."""

import tkinter

from server.ui.facts import Facts


def test_values_stand_by_their_names(surface: tkinter.Misc) -> None:
    """A line parts them before the fact that is named, unless that is the first."""
    given = [("Who", "Kim"), ("What", "x" * 400)]
    plain = Facts(surface, given, part_before="Who")
    parted = Facts(surface, given, part_before="What")
    assert {name: label.cget("text") for name, label in parted.values.items()} == dict(given)
    assert len(parted.winfo_children()) == len(plain.winfo_children()) + 1
