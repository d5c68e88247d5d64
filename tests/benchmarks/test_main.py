"""`run.py bench` names the measurements and passes on what follows a name."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import __main__ as bench


def test_each_measurement_is_named_with_its_question(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name nothing is measured."""
    assert bench.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in bench.names())


@pytest.mark.parametrize(("word", "meant"), [("laod", "load"), ("explode", "one of these")])
def test_an_unknown_measurement_is_named(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The word, what is meant perhaps, all there are, and exit code 2."""
    assert bench.main([word]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"There is no measurement '{word}'. Did you mean {meant}?\n")
    assert all(f"  {name} " in shown for name in bench.names())


def test_each_measurement_runs_as_a_module_too() -> None:
    """`python -m benchmarks.NAME` does not end at once without a word."""
    folder = Path(bench.__file__).parent
    texts = {name: (folder / f"{name}.py").read_text(encoding="utf-8") for name in bench.names()}
    assert not [name for name, text in texts.items() if 'if __name__ == "__main__":' not in text]


def test_a_name_runs_that_one_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exit code is ours."""
    seen: list[list[str]] = []
    module = ModuleType("benchmarks.made_up")
    module.main = lambda words: (seen.append(words), 5)[1]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.made_up", module)
    monkeypatch.setattr(bench, "names", lambda: ["made_up"])
    assert bench.main(["made_up", "--seconds", "3"]) == 5
    assert seen == [["--seconds", "3"]]
