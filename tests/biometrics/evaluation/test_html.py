"""The page stands alone, and names in it do no harm."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from biometrics.evaluation.folder_document import folder_document
from biometrics.evaluation.html import page
from tests.biometrics.evaluation.test_tables import made_result


class Links(HTMLParser):
    """Collects what a page asks for from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.anchors += [value for name, value in attrs if name.endswith("href") and value]
        self.asked += [
            value
            for name, value in attrs
            if name in ("src", "href") and value and not value.startswith("#")
        ]


@pytest.fixture(scope="module")
def text() -> str:
    """The page of a small result; drawing takes its time."""
    return page(folder_document(made_result()))


def test_the_page_is_whole_and_alone(text: str) -> None:
    """Title, tables, plots; nothing is loaded from elsewhere."""
    links = Links()
    links.feed(text)
    assert links.asked == []
    assert "script" not in links.tags
    assert links.tags.count("figure") == 5
    assert links.tags.count("table") == 9
    assert "Verification accuracy 83.33 %" in text


def test_names_are_escaped() -> None:
    """A folder named like a script runs nothing."""
    result = made_result()
    result["folder"] = "<script>alert(1)</script>"
    data = result["data"]
    assert isinstance(data, dict)
    data["several_faces"] = {"count": 51, "shown": ["<img src=x>"] * 50}
    document = folder_document(result)
    plain = tuple(replace(section, plots=()) for section in document.sections)
    text = page(replace(document, sections=plain))
    assert "<script" not in text
    assert "<img" not in text
    assert "and 1 more" in text


def test_parts_of_plots_have_names_of_their_own(text: str) -> None:
    """Several drawings in one page: no id is there twice, and every reference has its target."""
    links = Links()
    links.feed(text)
    assert len(links.ids) == len(set(links.ids)) > 50
    wanted = {anchor[1:] for anchor in links.anchors if anchor.startswith("#")}
    assert wanted
    assert wanted <= set(links.ids)
