"""Adds people from photos: choose a folder or files, follow it, cancel it, read the report."""

import tkinter
from pathlib import Path
from tkinter import filedialog, ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel, button
from protocol.errors import NameInvalid
from protocol.text import clean_name, printable
from server.events import PhotoProgress, PhotoReport, PhotoResult
from server.fault_words import count
from server.grounds import SHORTEST as SHORTEST_REASON
from server.ui.consent_dialog import GroundField
from server.ui.controls import entry, progress_bar, scrolled
from server.ui.csv_export import export_report
from server.ui.desk import Desk
from server.ui.table import Column, Table
from server.ui.wording import left

_WIDTH = 680
_RESULTS: dict[PhotoResult, tuple[str, str]] = {
    "in": ("✓ added", "plain"),
    "already": ("= already there", "muted"),
    "refused": ("✕ refused", "warn"),
    "failed": ("! failed", "bad"),
}
_COLUMNS = (
    Column("File", 170),
    Column("Person", 110),
    Column("Result", 110),
    Column("Reason", 310, stretch=True),
)
_CHOOSE = "Choose a line to read the whole of it."
_PICTURES = "*.jpg *.jpeg *.png *.bmp *.tif *.tiff *.webp *.gif *.JPG *.JPEG *.PNG"


class PhotoDialog(Dialog):
    """Three stages: choosing, running, the report. Closing it while it runs only hides it.

    It does not keep the rest of the window from being used: a large folder takes minutes.

    Args:
        parent: Where it goes.
        desk: What pages share.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk) -> None:
        super().__init__(parent, title="Add people from photos", width=_WIDTH)
        self._desk = desk
        self._report: PhotoReport | None = None
        self.running = False
        self._stage = ttk.Frame(self.body, style="Plain.TFrame")
        self._stage.pack(fill="both", expand=True)
        self._choosing()

    def show(self) -> None:
        """Puts it on the screen; the window behind stays usable."""
        if self.state() == "withdrawn":
            self.present(self.ground.entry if self.ground.winfo_exists() else None)
            self.grab_release()
        self.lift()

    def cancel(self) -> None:
        """Escape and the close button: hides it while it runs, otherwise ends it."""
        if self.running:
            self.withdraw()
            self._desk.toast.show("Photos are still being added; see People.", tone="info")
        else:
            self.destroy()

    def take_progress(self, progress: PhotoProgress) -> None:
        """The bar goes on."""
        if not self.running:
            self._run_stage()
        self.bar.configure(value=100 * progress.done / max(1, progress.total))
        self.counted.configure(
            text=f"{progress.done} of {progress.total} · {left(progress.seconds_left)}"
        )
        self.at.configure(text=printable(progress.name, 70))

    def take_report(self, report: PhotoReport) -> None:
        """The end: a row a file, and what can be done next."""
        self.running = False
        self._report = report
        self._clear()
        head = IconLabel(self._stage, style="Title.TLabel", size=20)
        added = report.count("in")
        if report.problem:
            head.show("Nothing could be added" if not added else "Stopped early", "bad")
        elif report.cancelled:
            head.show("Cancelled: the rest is left for the next time", "warn")
        else:
            head.show(f"{added} picture{'' if added == 1 else 's'} added", "good")
        head.pack(anchor="w")
        WrapLabel(self._stage, text=_summary(report), style="Muted.TLabel", width=_WIDTH).pack(
            fill="x", pady=(px(self, 4), px(self, 10))
        )
        frame = ttk.Frame(self._stage, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.rows = Table(frame, _COLUMNS, rows=10)
        scrolled(frame, self.rows)
        # What needs attention first, in the order of the folder.
        order = {"failed": 0, "refused": 1, "already": 2, "in": 3}
        for number, row in sorted(enumerate(report.rows), key=lambda pair: order[pair[1].result]):
            word, tag = _RESULTS[row.result]
            cells = (
                printable(row.path, 200),
                printable(row.person),
                word,
                printable(row.reason, 300),
            )
            self.rows.put(str(number), cells, tag=tag)
        self.whole = WrapLabel(self._stage, text=_CHOOSE, style="Muted.TLabel", width=_WIDTH)
        self.whole.pack(fill="x", pady=(px(self, 6), 0))
        self.rows.bind("<<TreeviewSelect>>", lambda _event: self._show_chosen())
        self.close_button = button(self.buttons, text="Close", command=self.cancel, look="primary")
        self.close_button.pack(side="right")
        gap = (0, px(self, 8))
        self.again = button(self.buttons, text="Add more", command=self._choosing)
        self.again.pack(side="right", padx=gap)
        if report.rows:
            self.save = button(self.buttons, text="Save report", command=self._save)
            self.save.pack(side="right", padx=gap)
        self._settled()

    def _show_chosen(self) -> None:
        """The whole of a line whose cells are cut."""
        cells = self.rows.cells(self.rows.chosen) if self.rows.chosen else ()
        self.whole.configure(text=" · ".join(cell for cell in cells if cell))

    def begin(self, paths: list[Path], ground: str, name: str | None = None) -> None:
        """Starts the enrolment of what was chosen, on the ground that was stated."""
        grid = self._desk.ready
        if grid is None:
            return
        reason = self._reason()
        self._run_stage()
        self._desk.do(
            lambda: grid.add_photos(paths, ground=ground, name=name, although_known=reason)
        )

    # Stages.

    def _choosing(self) -> None:
        self._clear()
        WrapLabel(
            self._stage,
            text="Each picture must show exactly one face, large, sharp and from the front.",
            style="Plain.TLabel",
            width=_WIDTH,
        ).pack(fill="x", pady=(0, px(self, 10)))
        self.ground = GroundField(self._stage)
        self.ground.pack(fill="x")
        self._line()
        folder = ttk.Frame(self._stage, style="Plain.TFrame")
        folder.pack(fill="x")
        self.first = button(
            folder,
            text="Choose a folder",
            command=self._ask_folder,
            look="primary",
            icon_name="folder2-open",
        )
        self.first.pack(side="right", padx=(px(self, 12), 0))
        ttk.Label(folder, text="A folder of several people", style="Bold.TLabel").pack(anchor="w")
        WrapLabel(
            folder,
            text="One folder a person (Ada Lovelace/1.jpg), or one picture a person "
            "(Ada Lovelace.jpg). What was added before is not added twice.",
            style="Muted.TLabel",
            width=480,
        ).pack(fill="x")
        self._line()
        files = ttk.Frame(self._stage, style="Plain.TFrame")
        files.pack(fill="x")
        self.files_button = button(
            files, text="Choose pictures", command=self._ask_files, icon_name="images"
        )
        self.files_button.pack(side="right", padx=(px(self, 12), 0), anchor="s")
        ttk.Label(files, text="Pictures of one person, named", style="Bold.TLabel").pack(anchor="w")
        self.name = entry(files, width=40)
        self.name.pack(anchor="w", pady=(px(self, 4), 0))
        self.mistake = WrapLabel(self._stage, style="Muted.TLabel", width=_WIDTH)
        self.mistake.pack(fill="x", pady=(px(self, 6), 0))
        self._line()
        ttk.Label(
            self._stage,
            text="A face that is enrolled under another name goes in only for a reason",
            style="Bold.TLabel",
        ).pack(anchor="w")
        self.reason = entry(self._stage, width=56)
        self.reason.pack(fill="x", pady=(px(self, 4), px(self, 2)))
        WrapLabel(
            self._stage,
            text="Leave it empty unless the report says so: twins, for instance. It is logged.",
            style="Muted.TLabel",
            width=_WIDTH,
        ).pack(fill="x")
        button(self.buttons, text="Cancel", command=self.cancel).pack(side="right")

    def _line(self) -> None:
        line = ttk.Frame(self._stage, style="Line.TFrame", height=1)
        line.pack(fill="x", pady=px(self, 10))

    def _run_stage(self) -> None:
        self.running = True
        self._clear()
        ttk.Label(self._stage, text="Adding people from photos", style="Title.TLabel").pack(
            anchor="w"
        )
        self.at = ttk.Label(self._stage, text="Loading the models", style="Muted.TLabel")
        self.at.pack(anchor="w", pady=(px(self, 2), px(self, 12)))
        self.bar = progress_bar(self._stage)
        self.bar.pack(fill="x")
        self.counted = ttk.Label(
            self._stage, text="working out the time left", style="Plain.TLabel"
        )
        self.counted.pack(anchor="w", pady=(px(self, 6), 0))
        self.stop = button(self.buttons, text="Cancel", command=self._stop)
        self.stop.pack(side="right")
        self.hide = button(self.buttons, text="Go on in the background", command=self.cancel)
        self.hide.pack(side="right", padx=(0, px(self, 8)))
        self._settled()

    def _settled(self) -> None:
        """Another stage has another size."""
        if self.state() != "withdrawn":
            self.centre()

    def _clear(self) -> None:
        for frame in (self._stage, self.buttons):
            for child in frame.winfo_children():
                child.destroy()

    # Buttons.

    def _reason(self) -> str:
        """Why a face that is enrolled goes in again; empty where it does not."""
        return " ".join(self.reason.get().split())

    def _ready(self) -> str | None:
        """The ground that was stated, and None when something typed cannot be used: it is said."""
        ground = self.ground.ground()
        if ground is None:
            return None
        reason = self._reason()
        if reason and len(reason) < SHORTEST_REASON:
            self.mistake.configure(text="Say in a few words why the face is enrolled again.")
            self.reason.focus_set()
            return None
        return ground

    def _ask_folder(self) -> None:
        ground = self._ready()
        if ground is None:
            return
        chosen = filedialog.askdirectory(parent=self, title="Folder of photos", mustexist=True)
        if chosen:
            self.begin([Path(chosen)], ground)

    def _ask_files(self) -> None:
        try:
            name = clean_name(self.name.get())
        except NameInvalid as mistake:
            self.mistake.configure(text=str(mistake))
            self.name.focus_set()
            return
        ground = self._ready()
        if ground is None:
            return
        chosen = filedialog.askopenfilenames(
            parent=self,
            title=f"Pictures of {printable(name, 50)}",
            filetypes=[("Pictures", _PICTURES), ("All files", "*")],
        )
        if chosen:
            self.begin([Path(path) for path in chosen], ground, name)

    def _stop(self) -> None:
        grid = self._desk.ready
        self.stop.state(["disabled"])
        self.at.configure(text="Cancelling: the pictures at hand are finished")
        if grid is not None:
            self._desk.do(grid.cancel_photos)

    def _save(self) -> None:
        report = self._report
        chosen = filedialog.asksaveasfilename(
            parent=self, title="Save the report", defaultextension=".csv", initialfile="photos.csv"
        )
        if chosen and report is not None:
            path = Path(chosen)
            self._desk.ask(
                "",
                lambda: export_report(report, path),
                lambda _none: self._desk.toast.show(f"{path.name} was written.", tone="good"),
            )


def _summary(report: PhotoReport) -> str:
    if report.problem:
        return printable(report.problem, 300)
    counts = [
        f"{report.count(result)} {word[2:]}"
        for result, (word, _tag) in _RESULTS.items()
        if report.count(result)
    ]
    people = count(
        len({row.person for row in report.rows if row.result == "in"}), "person", "people"
    )
    files, done = count(len(report.rows), "file"), ", ".join(counts) or "nothing"
    return f"{files}: {done}; {people}; {report.elapsed_s:.0f} s."
