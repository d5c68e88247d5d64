"""The camera's part of the settings: which kind, which one, and a test without waiting."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Protocol

from client.ui.camera_test import CameraTest, TestResult
from client.ui.controls import button, drop_down, enable, field
from client.ui.form_column import TEXT_WIDTH, FormColumn
from client.ui.settings_form import BY_LABEL, KINDS, SourceKind, join_source
from client.ui.video import VideoView
from desktop.ui.theme import palette, px
from desktop.ui.widgets import IconLabel, WrapLabel

_POLL_MS = 50


class Typed(Protocol):
    """Hears that the camera's part was changed."""

    def __call__(self, *, another_kind: bool) -> None:
        """`another_kind` when it was the kind of camera."""


class CameraPart:
    """Three rows of a column.

    Args:
        column: Where they go.
        row: The first of them; four are taken.
        kind: Of camera, to begin with.
        value: Beside it, to begin with.
        in_use: The source that the picture behind the dialog comes from.
        typed: Called after something else was chosen or typed.
        problem: Says what is wrong with what is filled in, if anything is; True then.
        test: Opens a camera in a thread of its own.
        saved: Called when Return is pressed in the field.
    """

    def __init__(
        self,
        column: FormColumn,
        row: int,
        *,
        kind: SourceKind,
        value: str,
        in_use: str,
        typed: Typed,
        problem: Callable[[], bool],
        test: Callable[[str], CameraTest],
        saved: Callable[[object], str],
    ) -> None:
        self._column = column
        self._in_use = in_use
        self._typed = typed
        self._problem = problem
        self._open_test = test
        self._test: CameraTest | None = None
        self._poll: str | None = None
        self._kind = kind
        self.kind = tkinter.StringVar(column, kind.label)
        self.value = tkinter.StringVar(column, value)
        self._build(row, saved)
        self.value.trace_add("write", lambda *_: self._typed(another_kind=False))
        self._show_kind()

    @property
    def chosen(self) -> SourceKind:
        """The kind that is chosen."""
        return BY_LABEL[self.kind.get()]

    @property
    def source(self) -> str:
        """The source as settings keep it."""
        return join_source(self.chosen, self.value.get())

    def _build(self, row: int, saved: Callable[[object], str]) -> None:
        column = self._column
        column.label(row, "Camera")
        self.kind_box = drop_down(column, self.kind, [kind.label for kind in KINDS])
        self.kind_box.grid(row=row, column=1, columnspan=2, sticky="ew")
        self.kind_box.bind("<<ComboboxSelected>>", lambda _event: self._kind_chosen())
        value_row = ttk.Frame(column, style="Plain.TFrame")
        value_row.grid(row=row + 1, column=1, columnspan=3, sticky="ew", pady=(px(column, 6), 0))
        value_row.columnconfigure(1, weight=1)
        self._caption = ttk.Label(value_row, style="Muted.TLabel", width=8)
        self.value_entry = field(value_row, self.value)
        self.value_entry.bind("<Return>", saved)
        self.browse_button = button(value_row, "Choose…", self._browse, icon="folder2-open")
        self.test_button = button(column, "Test", self.test, icon="camera-video")
        self.test_button.grid(row=row, column=3, padx=(px(column, 6), 0))
        self.hint = column.hint(row + 2)
        self._build_test(row + 3)

    def _build_test(self, row: int) -> None:
        column = self._column
        frame = ttk.Frame(column, style="Plain.TFrame")
        frame.grid(row=row, column=1, columnspan=3, sticky="ew", pady=(0, px(column, 12)))
        self.picture = VideoView(frame, mirror=False, width=144, height=108)
        self.picture.pack(side="left")
        text = ttk.Frame(frame, style="Plain.TFrame")
        text.pack(side="left", fill="both", expand=True, padx=(px(column, 12), 0))
        self.help = WrapLabel(text, style="Muted.TLabel", width=TEXT_WIDTH - 144)
        self.help.pack(fill="x")
        self.test_word = IconLabel(text, style="Bold.TLabel")
        self.test_word.pack(fill="x", pady=(px(column, 8), 0))
        self.test_sentence = WrapLabel(text, style="Muted.TLabel", width=TEXT_WIDTH - 144)
        self.test_sentence.pack(fill="x")

    def _kind_chosen(self) -> None:
        kind = self.chosen
        if kind is not self._kind:
            self._kind = kind
            self.value.set("0" if kind.key == "camera" else "")
            self._typed(another_kind=True)
        self._show_kind()

    def _show_kind(self) -> None:
        kind = self.chosen
        if kind.caption:
            self._caption.configure(text=kind.caption)
            self._caption.grid(row=0, column=0)
            self.value_entry.grid(row=0, column=1, sticky="ew")
        else:
            self._caption.grid_remove()
            self.value_entry.grid_remove()
        if kind.key in ("file", "folder"):
            self.browse_button.grid(row=0, column=2, padx=(px(self._column, 6), 0))
        else:
            self.browse_button.grid_remove()
        self.help.configure(text=kind.help)
        self._say("Not tested yet.", "")
        self.picture.show_hint("No picture")

    def _browse(self) -> None:
        from tkinter import filedialog

        if self.chosen.key == "folder":
            chosen = filedialog.askdirectory(parent=self._column, title="Folder of pictures")
        else:
            chosen = filedialog.askopenfilename(parent=self._column, title="Video file")
        if chosen:
            self.value.set(str(chosen))

    # ------------------------------------------------------------------ the test

    def test(self) -> None:
        """Opens the camera that is filled in and shows one picture of it, without waiting."""
        if self._test is not None or self._problem():
            return
        if self.source == self._in_use and self.chosen.key == "camera":
            self._say("In use", "This is the camera of the picture behind this window.")
            return
        self._say("Opening…", "")
        enable(self.test_button, on=False)
        self._test = self._open_test(self.source)
        self._poll = self._column.after(_POLL_MS, self._look_for_result)

    def close(self) -> None:
        """Stops waiting; a camera that is still being opened is closed by its own thread."""
        if self._poll is not None:
            self._column.after_cancel(self._poll)
            self._poll = None

    def _look_for_result(self) -> None:
        result = self._test.result() if self._test is not None else None
        if result is None:
            self._poll = self._column.after(_POLL_MS, self._look_for_result)
            return
        self._poll = None
        self._test = None
        enable(self.test_button, on=True)
        self._show_result(result)

    def _show_result(self, result: TestResult) -> None:
        if result.image is None:
            self.test_word.show("No picture", "bad")
            self.test_sentence.configure(text=result.sentence)
            self.picture.show_hint("No picture")
            return
        self.picture.show_hint("")
        self.picture.show(result.image)
        self.test_word.show("It works", "good")
        self.test_sentence.configure(text=result.sentence)

    def _say(self, word: str, sentence: str) -> None:
        self.test_word.configure(text=word, image="", foreground=palette(self._column).muted)
        self.test_sentence.configure(text=sentence)
