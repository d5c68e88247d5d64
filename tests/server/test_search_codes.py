"""Codes of large galleries: made aside while searches go on; where there can be none, said."""

import logging
import threading

import numpy as np
import pytest

from biometrics import blocks
from biometrics import gallery as gallery_module
from biometrics.blocks import Block
from biometrics.codes import CodesUnavailable
from biometrics.gallery import Gallery, Person, Template
from server.events import Fault, GridEvent
from server.search_codes import CodeKeeper
from tests.server.wire import ENCODER, face
from tests.support import wait_until


@pytest.fixture(scope="module")
def everybody() -> list[Person]:
    """For two full blocks of 1,024, and one person more."""
    return [person(number) for number in range(2049)]


@pytest.fixture
def large(everybody: list[Person], monkeypatch: pytest.MonkeyPatch) -> Gallery:
    """Their gallery, without codes."""
    for module in (blocks, gallery_module):
        monkeypatch.setattr(module, "BLOCK", 1024)
    return Gallery.of(everybody, ENCODER)


def person(number: int) -> Person:
    template = Template(encoding=face(number), sample_id="s", encoder=ENCODER)
    name = f"{number:032x}"
    return Person(subject_id=name, display_name=name, templates=(template,))


def coded(gallery: Gallery) -> list[bool]:
    return [block.coded is not None for block in gallery.blocks]


def test_full_blocks_get_codes_and_are_searched_by_them(large: Gallery) -> None:
    """The rest is compared; who is added later is found at once, and coded when a block is full."""
    now = [large]
    keeper = CodeKeeper(lambda: now[0], above=2000)
    probe = np.array([large.vector(5), large.vector(2048)])
    before = large.nearest(probe, 4)
    keeper.look()
    wait_until(lambda: not keeper.busy)
    assert coded(large) == [True, True, False]
    after = large.nearest(probe, 4)
    assert after.rows[:, 0].tolist() == before.rows[:, 0].tolist() == [5, 2048]
    now[0] = large.with_person(person(5000))
    assert now[0].nearest(now[0].vector(2049)[np.newaxis], 1).rows.tolist() == [[2049]]
    assert coded(now[0]) == [True, True, False]


def test_small_galleries_have_none(large: Gallery) -> None:
    """Up to the limit nothing is started."""
    keeper = CodeKeeper(lambda: large, above=2049)
    keeper.look()
    assert not keeper.busy
    assert coded(large) == [False, False, False]


def test_one_thread_at_a_time(large: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes that come meanwhile are looked at by it; stopped, it leaves the rest."""
    go_on, made = threading.Event(), []

    def make(block: Block) -> None:
        made.append((block, threading.current_thread()))
        assert go_on.wait(10)

    monkeypatch.setattr(Block, "make_codes", make)
    keeper = CodeKeeper(lambda: large, above=2000)
    for _ in range(3):
        keeper.look()
    wait_until(lambda: len(made) == 1)
    keeper.stop()
    go_on.set()
    wait_until(lambda: not keeper.busy)
    keeper.look()
    assert not keeper.busy
    assert len(made) == 1
    assert made[0][1].name == "search-codes"


@pytest.mark.parametrize("error", [CodesUnavailable("the package is missing"), OSError("odd")])
def test_where_there_can_be_no_codes_it_is_said_once(
    large: Gallery,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """Searches stay exact; an administrator reads why they take long."""

    def make(_block: Block) -> None:
        raise error

    monkeypatch.setattr(Block, "make_codes", make)
    posted: list[GridEvent] = []
    keeper = CodeKeeper(lambda: large, post=posted.append, above=2000)
    with caplog.at_level(logging.CRITICAL):  # an unforeseen error is logged with its traceback
        keeper.look()
        wait_until(lambda: bool(posted))
        wait_until(lambda: not keeper.busy)
        keeper.look()
    (fault,) = posted
    assert isinstance(fault, Fault)
    assert "stay exact and take longer" in fault.sentence
    assert not keeper.busy
    assert large.nearest(large.vector(7)[np.newaxis], 1).rows.tolist() == [[7]]
