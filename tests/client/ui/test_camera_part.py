"""The camera's part of the settings; `test_settings_dialog.py` asks what the dialog does."""

import ttkbootstrap

from client.ui.camera_part import CameraPart
from client.ui.camera_test import CameraTest
from client.ui.form_column import FormColumn
from client.ui.settings_form import BY_KEY


def test_another_kind_is_told_with_its_first_value(root: ttkbootstrap.App) -> None:
    """A camera begins with number 0, everything else empty; each change is told."""
    told: list[bool] = []
    column = FormColumn(root)
    column.pack()
    part = CameraPart(
        column,
        0,
        kind=BY_KEY["demo"],
        value="",
        in_use="demo:",
        typed=lambda *, another_kind: told.append(another_kind),
        problem=lambda: True,
        test=CameraTest,
        saved=lambda _event: "break",
    )
    part.kind.set(BY_KEY["camera"].label)
    part.kind_box.event_generate("<<ComboboxSelected>>")
    assert part.source == "camera:0"
    assert told[-1]
    part.value.set("1")
    assert part.source == "camera:1"
    assert not told[-1]
    part.test()
    assert part.test_button.instate(["!disabled"]), "what is wrong is not opened"
    part.close()
