"""The settings of a checkpoint: server, camera with a test, name, look and sound."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Literal

from client.settings import ClientSettings
from client.ui.camera_test import CameraTest, TestResult
from client.ui.controls import button, choice, drop_down, enable, field, switch
from client.ui.settings_form import (
    BY_LABEL,
    KINDS,
    Field,
    SettingsForm,
    SourceKind,
    pad_model_problem,
)
from client.ui.sounds import SoundPlayer
from client.ui.video import VideoView
from client.view_model import Sound
from desktop.ui.file_field import Check, FileField
from desktop.ui.theme import palette, px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel
from protocol.text import printable

PAD_HELP = "A network of your own that tells faces from pictures (ONNX); empty: the built-in one."
LABEL_WIDTH = 96
WIDTH = 900
COLUMN_WIDTH = 436
TEXT_WIDTH = COLUMN_WIDTH - LABEL_WIDTH - 24
THEMES: tuple[tuple[str, Literal["light", "dark"]], ...] = (("Light", "light"), ("Dark", "dark"))


class SettingsDialog(Dialog):
    """Changes a copy of the settings; nothing changes before Save.

    Args:
        parent: The checkpoint's window.
        settings: What to begin with.
        sounds: Plays a sample and knows whether it can be heard.
        on_save: Takes the changed settings.
        test: Opens a camera in a thread of its own; replaced in tests.
        check: Looks at a face model's file; replaced in tests.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        settings: ClientSettings,
        *,
        sounds: SoundPlayer,
        on_save: Callable[[ClientSettings], None],
        test: Callable[[str], CameraTest] = CameraTest,
        check: Check | None = None,
    ) -> None:
        super().__init__(parent, title="Settings", width=WIDTH)
        self._settings = settings
        self._sounds = sounds
        self._on_save = on_save
        self._open_test = test
        self._check = check or _look_at_network
        self._test: CameraTest | None = None
        self._poll: str | None = None
        self.form = SettingsForm.of(settings)
        self._hints: dict[Field, IconLabel] = {}
        self._touched: set[Field] = set()
        self._variables()
        self._build()
        self._kind_chosen()
        self.bind("<Control-Return>", lambda _event: self.save())

    # ------------------------------------------------------------------ the parts

    def _variables(self) -> None:
        form = self.form
        self.server = tkinter.StringVar(self, form.server)
        self.kind = tkinter.StringVar(self, form.kind.label)
        self.value = tkinter.StringVar(self, form.value)
        self.name = tkinter.StringVar(self, form.name)
        self.theme = tkinter.StringVar(self, form.theme)
        self.sound = tkinter.BooleanVar(self, form.sound)
        self.automatic = tkinter.BooleanVar(self, form.automatic)
        self.mirror = tkinter.BooleanVar(self, form.mirror)
        self.pad_model = tkinter.StringVar(self, form.pad_model)
        watched: tuple[tuple[tkinter.StringVar, Field], ...] = (
            (self.server, "server"),
            (self.value, "source"),
            (self.name, "name"),
            (self.pad_model, "pad_model"),
        )
        for variable, place in watched:
            variable.trace_add("write", lambda *_, place=place: self._typed(place))

    def _build(self) -> None:
        # Two columns: one would be taller than a screen of 720 px.
        self._grid = self._column()
        self.name_entry = self._entry(0, "Name", self.name, "name")
        self.server_entry = self._entry(2, "Server", self.server, "server")
        self._build_camera(4)
        self._grid = self._column()
        self._build_network(0)
        self._build_switches(1)
        row = self.buttons
        self.save_button = button(
            row, "Save", self.save, icon="check-lg", key="Ctrl+Enter", primary=True
        )
        self.cancel_button = button(row, "Cancel", self.cancel, key="Esc")
        self.save_button.pack(side="right")
        self.cancel_button.pack(side="right", padx=px(self, 8))

    def _column(self) -> ttk.Frame:
        column = ttk.Frame(self.body, style="Plain.TFrame")
        beside = px(self, WIDTH - 2 * COLUMN_WIDTH) if self.body.pack_slaves()[1:] else 0
        column.pack(side="left", fill="y", padx=(beside, 0))
        ttk.Frame(column, width=px(self, COLUMN_WIDTH)).grid(row=99, column=0, columnspan=4)
        column.columnconfigure(1, weight=1)
        return column

    def _entry(self, row: int, label: str, text: tkinter.StringVar, place: Field) -> ttk.Entry:
        self._label(row, label)
        entry = field(self._grid, text)
        entry.grid(row=row, column=1, columnspan=3, sticky="ew")
        entry.bind("<Return>", self._return_pressed)
        self._hint(row + 1, place)
        return entry

    def _label(self, row: int, text: str, *, above: int = 0, side: str = "w") -> None:
        label = ttk.Label(self._grid, text=text, style="Bold.TLabel")
        label.grid(
            row=row, column=0, sticky=side, padx=(0, px(self, 16)), pady=(px(self, above), 0)
        )
        self._grid.columnconfigure(0, minsize=px(self, LABEL_WIDTH))

    def _hint(self, row: int, field: Field) -> None:
        hint = IconLabel(self._grid, style="Small.TLabel", size=11)
        hint.configure(wraplength=px(self, TEXT_WIDTH))
        hint.grid(row=row, column=1, columnspan=3, sticky="w", pady=(px(self, 2), px(self, 8)))
        self._hints[field] = hint

    def _build_camera(self, row: int) -> None:
        self._label(row, "Camera")
        self.kind_box = drop_down(self._grid, self.kind, [kind.label for kind in KINDS])
        self.kind_box.grid(row=row, column=1, columnspan=2, sticky="ew")
        self.kind_box.bind("<<ComboboxSelected>>", lambda _event: self._kind_chosen())
        self._value_row = ttk.Frame(self._grid, style="Plain.TFrame")
        self._value_row.grid(
            row=row + 1, column=1, columnspan=3, sticky="ew", pady=(px(self, 6), 0)
        )
        self._value_row.columnconfigure(1, weight=1)
        self._caption = ttk.Label(self._value_row, style="Muted.TLabel", width=8)
        self.value_entry = field(self._value_row, self.value)
        self.value_entry.bind("<Return>", self._return_pressed)
        self.browse_button = button(self._value_row, "Choose…", self._browse, icon="folder2-open")
        self.test_button = button(self._grid, "Test", self.test_camera, icon="camera-video")
        self.test_button.grid(row=row, column=3, padx=(px(self, 6), 0))
        self._hint(row + 2, "source")
        self._build_test(row + 3)

    def _build_test(self, row: int) -> None:
        frame = ttk.Frame(self._grid, style="Plain.TFrame")
        frame.grid(row=row, column=1, columnspan=3, sticky="ew", pady=(0, px(self, 12)))
        self.picture = VideoView(frame, mirror=False, width=144, height=108)
        self.picture.pack(side="left")
        text = ttk.Frame(frame, style="Plain.TFrame")
        text.pack(side="left", fill="both", expand=True, padx=(px(self, 12), 0))
        self.help = WrapLabel(text, style="Muted.TLabel", width=TEXT_WIDTH - 144)
        self.help.pack(fill="x")
        self.test_word = IconLabel(text, style="Bold.TLabel")
        self.test_word.pack(fill="x", pady=(px(self, 8), 0))
        self.test_sentence = WrapLabel(text, style="Muted.TLabel", width=TEXT_WIDTH - 144)
        self.test_sentence.pack(fill="x")

    def _build_network(self, row: int) -> None:
        self._label(row, "Face model", above=6, side="nw")
        self.network = FileField(
            self._grid,
            check=self._check,
            changed=lambda: None,
            title="Face model",
            kinds=(("Face models", "*.onnx"),),
            empty="The face model that comes with FaceNetGrid.",
        )
        self.network.grid(row=row, column=1, columnspan=3, sticky="ew", pady=(0, px(self, 8)))
        self.network.fill(self.form.network)

    def _build_switches(self, row: int) -> None:
        self._label(row, "Look")
        look = ttk.Frame(self._grid, style="Plain.TFrame")
        look.grid(row=row, column=1, columnspan=3, sticky="w")
        for word, value in THEMES:
            choice(look, word, value, self.theme).pack(side="left", padx=(0, px(self, 18)))
        switch(look, "Mirror the live picture", self.mirror).pack(
            side="left", padx=(px(self, 12), 0)
        )
        self._label(row + 1, "Sound")
        sound = ttk.Frame(self._grid, style="Plain.TFrame")
        sound.grid(row=row + 1, column=1, columnspan=3, sticky="ew", pady=px(self, 8))
        switch(sound, "Play a sound with each result", self.sound).pack(side="left")
        self.listen_button = button(sound, "Listen", self._listen, icon="volume-up")
        self.listen_button.pack(side="right")
        self.sound_hint = ttk.Label(self._grid, style="Small.TLabel", text=self._sounds.sentence)
        self.sound_hint.configure(wraplength=px(self, TEXT_WIDTH))
        self.sound_hint.grid(row=row + 2, column=1, columnspan=3, sticky="ew")
        self._label(row + 3, "Identify", above=12)
        switch(self._grid, "Automatically, without a key", self.automatic).grid(
            row=row + 3, column=1, columnspan=3, sticky="w", pady=(px(self, 10), 0)
        )
        self._build_liveness(row + 4)

    def _build_liveness(self, row: int) -> None:
        self._label(row, "Liveness", above=10)
        self.pad_entry = field(self._grid, self.pad_model)
        self.pad_entry.grid(row=row, column=1, columnspan=2, sticky="ew", pady=(px(self, 10), 0))
        self.pad_entry.bind("<Return>", self._return_pressed)
        choose = button(self._grid, "Choose…", self._browse_pad, icon="folder2-open")
        choose.grid(row=row, column=3, padx=(px(self, 6), 0), pady=(px(self, 10), 0))
        ttk.Label(
            self._grid, text=PAD_HELP, style="Small.TLabel", wraplength=px(self, TEXT_WIDTH)
        ).grid(row=row + 1, column=1, columnspan=3, sticky="ew")
        self._hint(row + 2, "pad_model")

    def first_field(self, field: str) -> tkinter.Misc:
        """The widget that gets the keyboard for "server", "source" or anything else."""
        return {"source": self.kind_box, "server": self.server_entry}.get(field, self.server_entry)

    # ------------------------------------------------------------------ what the person does

    def _read(self) -> SettingsForm:
        return SettingsForm(
            server=self.server.get(),
            kind=BY_LABEL[self.kind.get()],
            value=self.value.get(),
            name=self.name.get(),
            theme="dark" if self.theme.get() == "dark" else "light",
            sound=bool(self.sound.get()),
            automatic=bool(self.automatic.get()),
            mirror=bool(self.mirror.get()),
            pad_model=self.pad_model.get(),
            network=self.network.value,
        )

    def _typed(self, field: Field) -> None:
        self.form = self._read()
        self._touched.add(field)
        self._show_problems(self._touched)

    def _show_problems(self, fields: set[Field]) -> None:
        problems = self.form.problems
        for place, hint in self._hints.items():
            problem = problems.get(place, "") if place in fields else ""
            if problem:
                hint.show(printable(problem, 160), "bad")
            else:
                hint.configure(text="", image="")

    def _kind_chosen(self) -> None:
        kind = BY_LABEL[self.kind.get()]
        if kind is not self.form.kind:
            self.form = self.form.with_kind(kind)
            self.value.set("0" if kind.key == "camera" else "")
            self._touched.discard("source")
        self._show_problems(self._touched)
        self._show_value_field(kind)
        self.help.configure(text=kind.help)
        self._say_test("Not tested yet.", "")
        self.picture.show_hint("No picture")

    def _show_value_field(self, kind: SourceKind) -> None:
        if kind.caption:
            self._caption.configure(text=kind.caption)
            self._caption.grid(row=0, column=0)
            self.value_entry.grid(row=0, column=1, sticky="ew")
        else:
            self._caption.grid_remove()
            self.value_entry.grid_remove()
        if kind.key in ("file", "folder"):
            self.browse_button.grid(row=0, column=2, padx=(px(self, 6), 0))
        else:
            self.browse_button.grid_remove()

    def _browse(self) -> None:
        from tkinter import filedialog

        if self.form.kind.key == "folder":
            chosen = filedialog.askdirectory(parent=self, title="Folder of pictures")
        else:
            chosen = filedialog.askopenfilename(parent=self, title="Video file")
        if chosen:
            self.value.set(str(chosen))

    def _browse_pad(self) -> None:
        from tkinter import filedialog

        networks = (("ONNX networks", "*.onnx"), ("All files", "*"))
        chosen = filedialog.askopenfilename(
            parent=self, title="Liveness network", filetypes=networks
        )
        if chosen:
            self.pad_model.set(str(chosen))

    def _listen(self) -> None:
        wanted, self._sounds.enabled = self._sounds.enabled, True
        self._sounds.play(Sound.IDENTIFIED)
        self._sounds.enabled = wanted
        self.after(400, self._say_sound)

    def _say_sound(self) -> None:
        self.sound_hint.configure(text=self._sounds.sentence)

    def _return_pressed(self, _event: object) -> str:
        self.save()
        return "break"  # with Ctrl held down the dialog's own binding would save once more

    def save(self) -> None:
        """Takes over what is filled in, or says what cannot be used (Ctrl+Enter)."""
        self.form = self._read()
        problems = self.form.problems
        if problems:
            self._show_problems(set(self._hints))
            entries: dict[Field, tkinter.Misc] = {
                "name": self.name_entry,
                "server": self.server_entry,
                "source": self.value_entry,
                "pad_model": self.pad_entry,
            }
            next(entries[field] for field in entries if field in problems).focus_set()
            return
        settings = self.form.apply(self._settings)
        if settings.pad_model != self._settings.pad_model:
            # Tried now and not while it is typed: reading a network takes a moment.
            problem = pad_model_problem(settings.pad_model)
            if problem:
                self._hints["pad_model"].show(printable(problem, 160), "bad")
                self.pad_entry.focus_set()
                return
        if settings.network != self._settings.network and self.network.problem:
            self.network.entry.focus_set()
            return
        self.destroy()
        if settings != self._settings:
            self._on_save(settings)

    # ------------------------------------------------------------------ the camera's test

    def test_camera(self) -> None:
        """Opens the camera that is filled in and shows one picture of it, without waiting."""
        self.form = self._read()
        if "source" in self.form.problems:
            self._show_problems({"source"})
            return
        if self._test is not None:
            return
        if self.form.source == self._settings.source and self.form.kind.key == "camera":
            self._say_test("In use", "This is the camera of the picture behind this window.")
            return
        self._say_test("Opening…", "")
        enable(self.test_button, on=False)
        self._test = self._open_test(self.form.source)
        self._poll = self.after(50, self._look_for_result)

    def _look_for_result(self) -> None:
        result = self._test.result() if self._test is not None else None
        if result is None:
            self._poll = self.after(50, self._look_for_result)
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

    def _say_test(self, word: str, sentence: str) -> None:
        self.test_word.configure(text=word, image="", foreground=palette(self).muted)
        self.test_sentence.configure(text=sentence)

    def destroy(self) -> None:
        """Closes; a camera that is still being opened is closed by its own thread."""
        if self._poll is not None:
            self.after_cancel(self._poll)
            self._poll = None
        super().destroy()


def _look_at_network(path: str) -> tuple[bool, str]:
    from biometrics.network_check import check_network  # heavy, and in a thread

    return check_network(path)
