"""Posts: whoever sleeps is woken, once for all, and nothing is lost."""

import select
import threading

from server.posts import Posts


def rings(posts: Posts, timeout_s: float = 0.0) -> bool:
    """Whether the bell rings, waited for so long."""
    ready, _, _ = select.select([posts.ear], [], [], timeout_s)
    return bool(ready)


def test_who_is_awake_is_not_rung_for() -> None:
    """It looks by itself before it sleeps."""
    posts, done = Posts(), list[int]()
    posts.add(lambda: done.append(1))
    assert not rings(posts)
    assert posts
    posts.do_all()
    assert done == [1]
    assert not posts
    posts.close()


def test_who_sleeps_is_rung_for_once() -> None:
    """However much is added; in its order, with what is added by what is done."""
    posts, done = Posts(), list[int]()
    posts.asleep = True
    posts.add(lambda: posts.add(lambda: done.append(3)))
    posts.add(lambda: done.append(2))
    assert rings(posts)
    posts.hush()
    assert not rings(posts)
    posts.do_all()
    assert done == [2, 3]
    posts.close()


def test_after_the_end_nobody_is_disturbed() -> None:
    """A thread that comes too late does not fail by it."""
    posts = Posts()
    posts.asleep = True
    posts.close()
    posts.add(lambda: None)
    assert posts


def test_nothing_is_lost_between_looking_and_sleeping() -> None:
    """Thousands from several threads: each is done without waiting for a tick."""
    posts, done = Posts(), list[int]()

    def often() -> None:
        for _ in range(500):
            posts.add(lambda: done.append(1))

    threads = [threading.Thread(target=often) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(done) < 2000:
        posts.asleep = True
        if not posts:
            assert rings(posts, 10.0)
        posts.asleep = False
        if rings(posts):
            posts.hush()
        posts.do_all()
    for thread in threads:
        thread.join(10.0)
    posts.close()
