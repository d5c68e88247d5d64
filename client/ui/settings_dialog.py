"""The settings of a checkpoint: server and pairing, camera with a test, name, look and sound."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import TYPE_CHECKING, Literal

from client.settings import ClientSettings
from client.ui.camera_part import CameraPart
from client.ui.camera_test import CameraTest
from client.ui.controls import button, choice, field, switch
from client.ui.form_column import COLUMN_WIDTH, TEXT_WIDTH, FormColumn
from client.ui.pairing_section import PairingSection
from client.ui.settings_form import Field, SettingsForm, pad_model_problem
from client.ui.sounds import SoundPlayer
from client.view_model import Sound
from desktop.ui.file_field import Check, FileField
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel
from protocol.text import printable

if TYPE_CHECKING:
    from client.ui.starter import Engine

PAD_HELP = "A network of your own that tells faces from pictures (ONNX); empty: the built-in one."
WIDTH = 900
THEMES: tuple[tuple[str, Literal["light", "dark"]], ...] = (("Light", "light"), ("Dark", "dark"))


class SettingsDialog(Dialog):
    """Changes a copy of the settings; nothing changes before Save, but for the pairing.

    Args:
        parent: The checkpoint's window.
        settings: What to begin with.
        sounds: Plays a sample and knows whether it can be heard.
        on_save: Takes the changed settings.
        engine: Knows with whom this checkpoint is paired; None while it starts.
        on_pair: Opens the dialog that pairs, once this one is closed.
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
        engine: "Engine | None" = None,
        on_pair: Callable[[], None] = lambda: None,
        test: Callable[[str], CameraTest] = CameraTest,
        check: Check | None = None,
    ) -> None:
        super().__init__(parent, title="Settings", width=WIDTH)
        self._settings = settings
        self._sounds = sounds
        self._on_save = on_save
        self._engine = engine
        self._on_pair = on_pair
        self._open_test = test
        self._check = check or _look_at_network
        self.form = SettingsForm.of(settings)
        self._hints: dict[Field, IconLabel] = {}
        self._touched: set[Field] = set()
        self._variables()
        self._build()
        self.bind("<Control-Return>", lambda _event: self.save())

    # ------------------------------------------------------------------ the parts

    def _variables(self) -> None:
        form = self.form
        self.server = tkinter.StringVar(self, form.server)
        self.name = tkinter.StringVar(self, form.name)
        self.theme = tkinter.StringVar(self, form.theme)
        self.sound = tkinter.BooleanVar(self, form.sound)
        self.automatic = tkinter.BooleanVar(self, form.automatic)
        self.mirror = tkinter.BooleanVar(self, form.mirror)
        self.pad_model = tkinter.StringVar(self, form.pad_model)
        watched: tuple[tuple[tkinter.StringVar, Field], ...] = (
            (self.server, "server"),
            (self.name, "name"),
            (self.pad_model, "pad_model"),
        )
        for variable, place in watched:
            variable.trace_add("write", lambda *_, place=place: self._typed(place))

    def _build(self) -> None:
        # Two columns: one would be taller than a screen of 720 px.
        left, right = FormColumn(self.body), FormColumn(self.body)
        left.pack(side="left", fill="y")
        right.pack(side="left", fill="y", padx=(px(self, WIDTH - 2 * COLUMN_WIDTH), 0))
        self.name_entry = left.entry(0, "Name", self.name)
        self._hints["name"] = left.hint(1)
        self.server_entry = left.entry(2, "Server", self.server)
        self._hints["server"] = left.hint(3)
        for entry in (self.name_entry, self.server_entry):
            entry.bind("<Return>", self._return_pressed)
        engine = self._engine
        self.pairing = PairingSection(
            left,
            4,
            paired=None if engine is None else engine.paired,
            pair=self._pair,
            forget=lambda: None if engine is None else engine.forget_pairing(),
        )
        self.camera = CameraPart(
            left,
            6,
            kind=self.form.kind,
            value=self.form.value,
            in_use=self._settings.source,
            typed=self._camera_typed,
            problem=self._camera_problem,
            test=self._open_test,
            saved=self._return_pressed,
        )
        self._hints["source"] = self.camera.hint
        self._build_network(right, 0)
        self._build_switches(right, 1)
        row = self.buttons
        self.save_button = button(
            row, "Save", self.save, icon="check-lg", key="Ctrl+Enter", primary=True
        )
        self.cancel_button = button(row, "Cancel", self.cancel, key="Esc")
        self.save_button.pack(side="right")
        self.cancel_button.pack(side="right", padx=px(self, 8))

    def _build_network(self, column: FormColumn, row: int) -> None:
        column.label(row, "Face model", above=6, side="nw")
        self.network = FileField(
            column,
            check=self._check,
            changed=lambda: None,
            title="Face model",
            kinds=(("Face models", "*.onnx"),),
            empty="The face model that comes with FaceNetGrid.",
        )
        self.network.grid(row=row, column=1, columnspan=3, sticky="ew", pady=(0, px(self, 8)))
        self.network.fill(self.form.network)

    def _build_switches(self, column: FormColumn, row: int) -> None:
        column.label(row, "Look")
        look = ttk.Frame(column, style="Plain.TFrame")
        look.grid(row=row, column=1, columnspan=3, sticky="w")
        for word, value in THEMES:
            choice(look, word, value, self.theme).pack(side="left", padx=(0, px(self, 18)))
        switch(look, "Mirror the live picture", self.mirror).pack(
            side="left", padx=(px(self, 12), 0)
        )
        column.label(row + 1, "Sound")
        sound = ttk.Frame(column, style="Plain.TFrame")
        sound.grid(row=row + 1, column=1, columnspan=3, sticky="ew", pady=px(self, 8))
        switch(sound, "Play a sound with each result", self.sound).pack(side="left")
        self.listen_button = button(sound, "Listen", self._listen, icon="volume-up")
        self.listen_button.pack(side="right")
        self.sound_hint = ttk.Label(column, style="Small.TLabel", text=self._sounds.sentence)
        self.sound_hint.configure(wraplength=px(self, TEXT_WIDTH))
        self.sound_hint.grid(row=row + 2, column=1, columnspan=3, sticky="ew")
        column.label(row + 3, "Identify", above=12)
        switch(column, "Automatically, without a key", self.automatic).grid(
            row=row + 3, column=1, columnspan=3, sticky="w", pady=(px(self, 10), 0)
        )
        self._build_liveness(column, row + 4)

    def _build_liveness(self, column: FormColumn, row: int) -> None:
        column.label(row, "Liveness", above=10)
        self.pad_entry = field(column, self.pad_model)
        self.pad_entry.grid(row=row, column=1, columnspan=2, sticky="ew", pady=(px(self, 10), 0))
        self.pad_entry.bind("<Return>", self._return_pressed)
        choose = button(column, "Choose…", self._browse_pad, icon="folder2-open")
        choose.grid(row=row, column=3, padx=(px(self, 6), 0), pady=(px(self, 10), 0))
        ttk.Label(
            column, text=PAD_HELP, style="Small.TLabel", wraplength=px(self, TEXT_WIDTH)
        ).grid(row=row + 1, column=1, columnspan=3, sticky="ew")
        self._hints["pad_model"] = column.hint(row + 2)
        place = "" if self._engine is None else self._engine.key_place
        if place:
            column.label(row + 3, "Kept here", above=10, side="nw")
            self.kept_text = WrapLabel(column, text=kept_words(place), width=TEXT_WIDTH)
            self.kept_text.grid(
                row=row + 3, column=1, columnspan=3, sticky="ew", pady=(px(self, 10), 0)
            )

    def first_field(self, field: str) -> tkinter.Misc:
        """The widget that gets the keyboard for "server", "source" or anything else."""
        return self.camera.kind_box if field == "source" else self.server_entry

    # ------------------------------------------------------------------ what the person does

    def _read(self) -> SettingsForm:
        return SettingsForm(
            server=self.server.get(),
            kind=self.camera.chosen,
            value=self.camera.value.get(),
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

    def _camera_typed(self, *, another_kind: bool) -> None:
        """The value of another kind of camera says nothing yet: it is not called wrong."""
        self._typed("source")
        if another_kind:
            self._touched.discard("source")
            self._show_problems(self._touched)

    def _camera_problem(self) -> bool:
        self.form = self._read()
        if "source" not in self.form.problems:
            return False
        self._show_problems({"source"})
        return True

    def _show_problems(self, fields: set[Field]) -> None:
        problems = self.form.problems
        for place, hint in self._hints.items():
            problem = problems.get(place, "") if place in fields else ""
            if problem:
                hint.show(printable(problem, 160), "bad")
            else:
                hint.configure(text="", image="")

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

    def _pair(self) -> None:
        """One dialog at a time: this one goes, what was typed in it with it."""
        self.destroy()
        self._on_pair()

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
                "source": self.camera.value_entry,
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

    def destroy(self) -> None:
        """Closes; a camera that is still being opened is closed by its own thread."""
        self.camera.close()
        super().destroy()


def kept_words(place: str) -> str:
    """How what waits for the server is protected, and where its key is."""
    return f"Events that wait for the server are sealed; their key is {place}."


def _look_at_network(path: str) -> tuple[bool, str]:
    from biometrics.network_check import check_network  # heavy, and in a thread

    return check_network(path)
