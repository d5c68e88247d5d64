"""The searched list: rows, or why there are none."""

import tkinter

from server.ui.searched_table import SearchedTable
from server.ui.table import Column
from tests.support import wait_until


def test_rows_or_a_sentence(surface: tkinter.Misc) -> None:
    """What is typed is handed on; whoever is chosen is told; nobody at all and none that fits."""
    typed: list[str] = []
    told: list[None] = []
    made = SearchedTable(
        surface,
        (Column("Name", 200), Column("Since", 100)),
        searched=typed.append,
        chosen=lambda: told.append(None),
    )
    made.pack()
    made.show((), nobody="Nobody is enrolled yet.")
    assert made.said == "Nobody is enrolled yet."
    made.show([("a", ("Ada", "1843"), "plain")], nobody="")
    assert (made.said, made.table.cells("a"), len(told)) == ("", ("Ada", "1843"), 2)
    made.table.selection_set("a")
    wait_until(lambda: len(told) == 3, window=made.winfo_toplevel())
    made.search.set("zoe")
    wait_until(lambda: typed == ["zoe"], window=made.winfo_toplevel())
    made.show((), nobody="")
    assert made.said == "Nobody's name has “zoe” in it."
    made.destroy()
