"""How well the people enrolled can be told apart, and who should be enrolled again."""

import tkinter
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from tkinter import filedialog, ttk
from typing import TYPE_CHECKING

from desktop.ui.scroll_area import ScrollArea
from desktop.ui.theme import px
from desktop.ui.widgets import Card, Tile, WrapLabel, button, set_icon
from protocol.text import printable
from server.events import EvaluationEnded, EvaluationProgress
from server.permissions import Action
from server.ui.controls import PageTitle, enable, progress_bar, scrolled
from server.ui.desk import Desk
from server.ui.distance_chart import DistanceChart
from server.ui.table import Column, Table
from server.ui.wording import clock

if TYPE_CHECKING:
    from server.acting_evaluation import ActingEvaluation
    from server.evaluation_view import EvaluationView

_CAPTIONS = ("People enrolled", "Limit of distance", "Strangers named", "People missed")
_COLUMNS = (
    Column("What", 160),
    Column("Who", 212, stretch=True),
    Column("Detail", 210, stretch=True),
)
_STORED = ", from the stored samples alone."
_NEVER = "Not measured yet: press Evaluate now. It takes seconds, and doors go on meanwhile."


class EvaluationPage(ttk.Frame):
    """The newest report, and a button for a new one, which is made in another process.

    Args:
        parent: Where it goes.
        desk: What pages share.
        open_file: Shows a file to the user.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        open_file: Callable[[str], object] = webbrowser.open,
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._open_file = open_file
        self._running = False
        self._known = False
        self._shown_in: TemporaryDirectory[str] | None = None
        self.bind("<Destroy>", lambda _event: self._forget_shown())
        self._advice: dict[str, str] = {}
        gap = px(self, 8)
        self.title = PageTitle(self, title="Evaluation", note=_NEVER)
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        right = self.title.right
        self.run = button(
            right, text="Evaluate now", command=self.press, look="primary", icon_name="play"
        )
        self.save = button(right, text="Save report", command=self.ask_where, icon_name="download")
        self.open = button(
            right, text="Open report", command=self.open_report, icon_name="file-earmark-text"
        )
        for made in (self.run, self.save, self.open):
            made.pack(side="right", padx=(gap, 0))
        for made in (self.save, self.run):
            made.tkraise()  # Tab goes by the stacking order
        self._build_progress()
        tiles = ttk.Frame(self, style="Plain.TFrame")
        tiles.pack(fill="x", pady=(0, px(self, 10)))
        self.tiles = [Tile(tiles, caption=caption) for caption in _CAPTIONS]
        for number, tile in enumerate(self.tiles):
            tiles.columnconfigure(number, weight=1, uniform="tile")
            tile.grid(row=0, column=number, sticky="nsew", padx=(0 if number == 0 else gap, 0))
        self._build_cards(gap)
        self.refresh()

    def shown(self) -> None:
        """The page came to the front: the report may be older than the window."""
        evaluation = self._evaluation()
        running = evaluation is not None and evaluation.running
        if running != self._running:
            self._run_stage(on=running)
        self.refresh()
        self._read()

    def refresh(self) -> None:
        """Greys what cannot be done now."""
        grid = self._desk.ready
        enable(self.run, on=grid is not None)
        for made in (self.open, self.save):
            enable(made, on=grid is not None and self._known and not self._running)

    def press(self) -> None:
        """Begins an evaluation, or ends the one under way."""
        grid = self._desk.ready
        if grid is None:
            return
        if self._running:
            self._desk.do(grid.evaluation.cancel)
            return
        self._desk.do(self._begin)

    def _begin(self) -> None:
        grid = self._desk.ready
        if grid is not None and grid.evaluation.begin():
            self._run_stage(on=True)
            self.take_progress(EvaluationProgress("reading the people", 0, 1))

    def take_progress(self, progress: EvaluationProgress) -> None:
        """The bar goes on."""
        if not self._running:
            self._run_stage(on=True)
        self.bar.configure(value=100 * progress.done / max(1, progress.total))
        self.step.configure(text=f"{progress.step[:1].upper()}{progress.step[1:]}")

    def take_ended(self, ended: EvaluationEnded) -> None:
        """Shows the new report, or says why there is none."""
        self._run_stage(on=False)
        if ended.cancelled:
            self._desk.toast.show("The evaluation was cancelled.", tone="info")
        elif ended.problem:
            self._desk.toast.show(printable(ended.problem, 300), tone="bad", for_ms=10_000)
        else:
            self._read()

    def open_report(self) -> None:
        """Shows the HTML report in the browser of this computer.

        It names people: it is written to a folder of this user's that goes with the window.
        """
        evaluation = self._evaluation()
        if evaluation is None:
            return
        if self._shown_in is None:
            self._shown_in = TemporaryDirectory(prefix="facenetgrid-", ignore_cleanup_errors=True)
        folder = Path(self._shown_in.name)

        def show(paths: tuple[Path, ...]) -> None:
            for path in paths:
                if path.suffix == ".html":
                    self._open_file(path.resolve().as_uri())

        self._desk.ask("", lambda: evaluation.write_to(folder), show)

    def ask_where(self) -> None:
        """Asks for a folder and writes the report there."""
        where = filedialog.askdirectory(parent=self, title="Folder for the report")
        if where:
            self.save_to(Path(where))

    def save_to(self, folder: Path) -> None:
        """Writes all four files; they name people."""
        evaluation = self._evaluation()
        if evaluation is None:
            return
        self._desk.ask(
            "",
            lambda: evaluation.write_to(folder),
            lambda paths: self._desk.toast.show(
                f"{len(paths)} files written to {folder.name}. They name people.", tone="good"
            ),
        )

    def _forget_shown(self) -> None:
        if self._shown_in is not None:
            self._shown_in.cleanup()
            self._shown_in = None

    def _build_progress(self) -> None:
        self._progress = ttk.Frame(self, style="Plain.TFrame")
        self.step = ttk.Label(self._progress, style="Muted.TLabel")
        self.step.pack(anchor="w")
        self.bar = progress_bar(self._progress)
        self.bar.pack(fill="x", pady=(px(self, 3), px(self, 10)))

    def _build_cards(self, gap: int) -> None:
        both = ttk.Frame(self, style="Plain.TFrame")
        both.pack(fill="both", expand=True)
        both.columnconfigure(0, weight=2, uniform="card")
        both.columnconfigure(1, weight=3, uniform="card")
        both.rowconfigure(0, weight=1)
        searches = Card(both, heading="Searches among your own people")
        searches.grid(row=0, column=0, sticky="nsew")
        self.chart = DistanceChart(searches.body)
        self.chart.pack(fill="x")
        # In a low window the sentences are longer than the room under the chart.
        self.area = ScrollArea(searches.body, style="Card.TFrame", width=380)
        self.area.outer.pack(fill="both", expand=True, pady=(px(self, 10), 0))
        self.words = WrapLabel(self.area.body, style="CardMuted.TLabel", width=380)
        self.words.pack(fill="x")
        people = Card(both, heading="People to look after")
        people.grid(row=0, column=1, sticky="nsew", padx=(gap, 0))
        self.more = ttk.Label(people.head, style="CardMuted.TLabel")
        self.more.pack(side="right")
        self.advice = WrapLabel(people.body, style="CardMuted.TLabel", width=500)
        self.advice.pack(side="bottom", fill="x", pady=(px(self, 8), 0))
        frame = ttk.Frame(people.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.table = Table(frame, _COLUMNS)
        scrolled(frame, self.table)
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._advise())

    def _evaluation(self) -> "ActingEvaluation | None":
        grid = self._desk.ready
        return grid.evaluation if grid is not None and grid.may(Action.EVALUATE) else None

    def _run_stage(self, *, on: bool) -> None:
        self._running = on
        self.run.configure(text="Cancel" if on else "Evaluate now")
        set_icon(self.run, "x-lg" if on else "play")
        if on:
            self._progress.pack(fill="x", after=self.title)
        else:
            self._progress.pack_forget()
        self.refresh()

    def _read(self) -> None:
        """Asks for the newest report in the background."""
        evaluation = self._evaluation()
        if evaluation is None:
            return

        def work() -> "EvaluationView | None":
            # Late: it brings numpy, and nobody waits for it before the window is there.
            from server.evaluation_view import evaluation_view

            latest = evaluation.latest()
            return None if latest is None else evaluation_view(latest)

        self._desk.ask("evaluation", work, self._show)

    def _show(self, view: "EvaluationView | None") -> None:
        self._known = view is not None
        self.refresh()
        if view is None:
            self.title.say(_NEVER)
            tiles: Sequence[tuple[str, str]] = [("–", "")] * len(self.tiles)
            rows: Sequence[tuple[str, str, str]] = ()
            words, more, distances = "", 0, None
            self._advice = {}
        else:
            self.title.say(self._measured(view))
            tiles, rows = view.tiles, view.rows or (("Nobody", "Nothing stands out.", ""),)
            words, more, distances = "\n\n".join(view.sentences), view.more, view.distances
            self._advice = dict(view.advice)
        for tile, (value, note) in zip(self.tiles, tiles, strict=True):
            tile.show(value, note)
        few = "" if view is None else "Two people are needed for a picture."
        self.chart.show(distances, otherwise=few)
        self.words.configure(text=words)
        self.more.configure(text=f"and {more} more, in the report" if more else "")
        self.table.replace((str(number), row, "plain") for number, row in enumerate(rows))
        self.advice.configure(text="Choose a line to see what to do." if self._advice else "")

    def _measured(self, view: "EvaluationView") -> str:
        enrolled = self._desk.presenter.people
        changed = enrolled is not None and enrolled != view.people
        # Both together have no room beside the buttons in a window of 1280 pixels.
        more = f". Now {enrolled} are enrolled: evaluate again."
        return f"Measured {clock(view.made_at_ms)}{more if changed else _STORED}"

    def _advise(self) -> None:
        """Says the chosen line in full, and what to do."""
        chosen = self.table.selection()
        if chosen:
            kind, who, detail = self.table.cells(chosen[0])
            line = f"{who}: {detail}." if detail else f"{who}."
            self.advice.configure(text=f"{line} {self._advice.get(kind, '')}".strip())
