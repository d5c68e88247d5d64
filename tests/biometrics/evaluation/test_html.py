"""The page stands alone, and names in it do no harm."""

from html.parser import HTMLParser

from biometrics.evaluation.html import page
from tests.biometrics.evaluation.test_tables import made_result


class Links(HTMLParser):
    """Collects what a page asks for from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.asked += [
            value
            for name, value in attrs
            if name in ("src", "href") and value and not value.startswith("#")
        ]


def test_the_page_is_whole_and_alone() -> None:
    """Title, tables, plots; nothing is loaded from elsewhere."""
    text = page(made_result())
    links = Links()
    links.feed(text)
    assert links.asked == []
    assert "script" not in links.tags
    assert links.tags.count("figure") == 4
    assert links.tags.count("table") == 7
    assert "Verification accuracy 83.33 %" in text


def test_names_are_escaped() -> None:
    """A folder named like a script runs nothing."""
    result = made_result()
    result["folder"] = "<script>alert(1)</script>"
    data = result["data"]
    assert isinstance(data, dict)
    data["several_faces"] = {"count": 51, "shown": ["<img src=x>"] * 50}
    text = page(result)
    assert "<script" not in text
    assert "<img" not in text
    assert "and 1 more" in text
