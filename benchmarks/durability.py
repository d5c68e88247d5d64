"""Is every event stored exactly once, whatever is killed and cut meanwhile?

Checkpoints (the product's link and outbox, each in a process of its own) make events at a steady
rate, through a network that delays, splits and cuts. Meanwhile the server and the checkpoints are
ended by SIGKILL again and again. Then everybody may finish, and what the checkpoints noted is held
against the database.

The last line with `--json` has generated, stored, lost, duplicated and kills, each a number, and
in seconds, the longest of each: ready_s from a kill until the server listened again, answered_s
until the first checkpoint had an event acknowledged. That holds the checkpoints' waits between two
tries, drawn up to 0.5 s and each time up to twice as long (`client.backoff`).
"""

import argparse
import contextlib
import json
import random
import socket
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import history
from benchmarks._killable import Killable
from benchmarks._unkind_proxy import KIND, Faults, UnkindProxy

_FAULTS = Faults(delay_s=0.05, split=0.05, cut=0.005)
_DRAIN_S = 200.0
_AT_WORK = "at work"
_SUMMARY = ("generated", "stored", "lost", "duplicated", "kills", "ready_s", "answered_s")
_ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done.

    Attributes:
        checkpoints: How many.
        per_second: Events of each.
        seconds: How long events are made.
        server_kills: How often the server is killed, spread over that time.
        checkpoint_kills: How often one of the checkpoints is.
        faults: Of the network.
        seed: Of the dice.
        events_before: How many the history holds already.
    """

    checkpoints: int = 20
    per_second: float = 10.0
    seconds: float = 60.0
    server_kills: int = 10
    checkpoint_kills: int = 10
    faults: Faults = _FAULTS
    seed: int = 1
    events_before: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it.

    Attributes:
        generated: Events that an outbox had taken.
        stored: Those of them in the database.
        acknowledged: Those that the server had acknowledged.
        lost: Generated and not stored.
        broken_promises: Acknowledged and not stored.
        duplicated: Captures that are stored more than once.
        kills: SIGKILLs of server and checkpoints.
        cuts: Connections reset by the network.
        sound: Whether SQLite finds the database whole.
        ready_s: How long a killed server took until it listened again, the longest.
        answered_s: The same until a checkpoint had an event acknowledged.
    """

    generated: int
    stored: int
    acknowledged: int
    lost: int
    broken_promises: int
    duplicated: int
    kills: int
    cuts: int
    sound: bool
    ready_s: float
    answered_s: float

    @property
    def kept(self) -> bool:
        """Whether every promise was."""
        return self.sound and not (self.lost or self.broken_promises or self.duplicated)


@dataclass(frozen=True, slots=True)
class Back:
    """How long after a kill, in seconds, the server listened and an event was acknowledged."""

    ready_s: float = 0.0
    answered_s: float = 0.0

    def longest(self, other: "Back") -> "Back":
        """Each the longer of two."""
        return Back(max(self.ready_s, other.ready_s), max(self.answered_s, other.answered_s))


def measure(plan: Plan, folder: Path) -> Found:
    """Runs the plan below a folder.

    Raises:
        RuntimeError: A program failed to start or to end; the text has its last words.
    """
    data, port = folder / "data", free_port()
    if plan.events_before:
        history.measure(data, plan.events_before, threads=1, on_their_way=2_000)
    words = ["server", "--headless", "--data", str(data), "--port", str(port)]
    server = Killable(words, folder / "server.txt")
    try:
        server.wait_said(history.LISTENING)
        with UnkindProxy(port, plan.faults, seed=plan.seed) as proxy:
            checkpoints = _checkpoints(plan, folder, data, proxy.port)
            try:
                back = _make_trouble(plan, server, checkpoints, folder)
                proxy.faults = KIND
                _let_finish(checkpoints)
                kills = server.kills + sum(one.kills for one in checkpoints)
                cuts = proxy.cuts
            finally:
                for one in checkpoints:
                    if one.alive:
                        one.kill()
        server.ask_to_end()
        server.wait(10)
    finally:
        if server.alive:
            server.kill()
    return held_against_the_database(folder, data, kills=kills, cuts=cuts, back=back)


def _checkpoints(plan: Plan, folder: Path, data: Path, port: int) -> list[Killable]:
    return [
        Killable(
            [
                "benchmarks._checkpoint_at_work",
                f"--folder={folder / f'checkpoint-{number}'}",
                f"--id=checkpoint-{number}",
                f"--port={port}",
                f"--server-data={data}",
                f"--per-second={plan.per_second}",
                f"--ledger={folder / f'ledger-{number}.txt'}",
            ],
            folder / f"checkpoint-{number}.txt",
        )
        for number in range(plan.checkpoints)
    ]


def _make_trouble(
    plan: Plan, server: Killable, checkpoints: Sequence[Killable], folder: Path
) -> Back:
    """Waits until all are at work, then kills by the plan; gives the longest ways back."""
    for one in checkpoints:
        one.wait_said(_AT_WORK, timeout_s=60.0)
    dice = random.Random(plan.seed)  # noqa: S311 - no secret
    victims = ["server"] * plan.server_kills + ["checkpoint"] * plan.checkpoint_kills
    dice.shuffle(victims)
    started_s, longest = time.monotonic(), Back()
    heard: dict[Killable, int] = {}
    for number, victim in enumerate(victims):
        moment_s = plan.seconds * (number + dice.random()) / len(victims)
        time.sleep(max(0.0, started_s + moment_s - time.monotonic()))
        if victim == "server":
            longest = longest.longest(_kill_server(server, folder))
        else:
            chosen = dice.choice(checkpoints)
            if not chosen.alive:
                raise RuntimeError(f"A checkpoint ended by itself:\n{chosen.said[-2000:]}")
            chosen.kill()
            heard[chosen] = chosen.heard
            chosen.start_again()
    time.sleep(max(0.0, started_s + plan.seconds - time.monotonic()))
    for one, before in heard.items():
        # Asked to end while it is still coming up it would die of it, with events that wait.
        one.wait_said(_AT_WORK, after=before, timeout_s=60.0)
    return longest


def _kill_server(server: Killable, folder: Path) -> Back:
    server.kill()
    heard, killed_s = server.heard, time.monotonic()
    server.start_again()
    server.wait_said(history.LISTENING, after=heard)
    ready_s = time.monotonic() - killed_s
    # What was acknowledged before the kill and on its way still has long been noted by now.
    before = _acknowledged(folder, {})
    while not any(_acknowledged(folder, before).values()):
        if time.monotonic() - killed_s > _ANSWER_S:
            raise RuntimeError(f"No event was acknowledged after a kill:\n{server.said[-2000:]}")
        time.sleep(0.02)
    return Back(ready_s, time.monotonic() - killed_s)


def _acknowledged(folder: Path, before: Mapping[Path, int]) -> dict[Path, int]:
    """For each ledger how many acknowledgements it has beyond those before."""
    return {
        ledger: ledger.read_bytes().count(b"\na ") - before.get(ledger, 0)
        for ledger in folder.glob("ledger-*.txt")
    }


def _let_finish(checkpoints: Sequence[Killable]) -> None:
    for one in checkpoints:
        one.ask_to_end()
    for one in checkpoints:
        if one.wait(_DRAIN_S) != 0:
            raise RuntimeError(f"A checkpoint failed:\n{one.said[-2000:]}")


def held_against_the_database(
    folder: Path, data: Path, *, kills: int = 0, cuts: int = 0, back: Back | None = None
) -> Found:
    """What became of the events in the ledgers of a folder; nobody has the database open."""
    generated: set[str] = set()
    acknowledged: set[str] = set()
    for ledger in folder.glob("ledger-*.txt"):
        for line in ledger.read_text(encoding="ascii").splitlines():
            word, event_id = line.split()[:2]
            (generated if word == "g" else acknowledged).add(event_id)
    database = data / "database" / "match_history.db"
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT event_id, checkpoint_id, captured_at_ms FROM events"
        ).fetchall()
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    finally:
        connection.close()
    ids = Counter(row[0] for row in rows)
    # One capture under two ids would pass the database's own rule: it is looked for by itself.
    captures = Counter(row[1:] for row in rows)
    twice = sum(count - 1 for count in ids.values()) + sum(count - 1 for count in captures.values())
    return Found(
        generated=len(generated),
        stored=len(generated & ids.keys()),
        acknowledged=len(acknowledged),
        lost=len(generated - ids.keys()),
        broken_promises=len(acknowledged - ids.keys()),
        duplicated=twice,
        kills=kills,
        cuts=cuts,
        sound=sound,
        ready_s=(back or Back()).ready_s,
        answered_s=(back or Back()).answered_s,
    )


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurement; returns 1 when an event was lost or stored twice."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python3 run.py bench durability")
    parser.add_argument("--checkpoints", type=int, default=usual.checkpoints)
    parser.add_argument("--per-second", type=float, default=usual.per_second)
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--server-kills", type=int, default=usual.server_kills)
    parser.add_argument("--checkpoint-kills", type=int, default=usual.checkpoint_kills)
    parser.add_argument("--events-before", type=int, default=usual.events_before)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--json", action="store_true", help="a JSON summary as the last line")
    options = parser.parse_args(arguments)
    chosen = vars(options)
    as_json = chosen.pop("json")
    plan = Plan(**chosen)
    with tempfile.TemporaryDirectory(prefix="facenetgrid-durability-") as folder:
        found = measure(plan, Path(folder))
    out = sys.stderr if as_json else sys.stdout
    print(
        f"{found.generated} events generated, {found.acknowledged} acknowledged, "
        f"{found.stored} stored, {found.lost} lost, {found.duplicated} stored twice; "
        f"{found.broken_promises} acknowledged and not stored; {found.kills} kills, "
        f"{found.cuts} connections cut; server listening again within "
        f"{found.ready_s:.2f} s, an event acknowledged within {found.answered_s:.2f} s; "
        f"database {'sound' if found.sound else 'DAMAGED'}.",
        file=out,
    )
    if as_json:
        summary = {name: getattr(found, name) for name in _SUMMARY}
        print(json.dumps(summary))
    return 0 if found.kept else 1


if __name__ == "__main__":
    sys.exit(main())
