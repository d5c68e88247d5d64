"""Checkpoints of the load measurements, paired with the server as one on the same computer is.

By the file that the server leaves in its data folder; each has its own key and certificate. They
are kept beside the data for the next measurement.
"""

import dataclasses
import json
import secrets
import socket
from pathlib import Path

from benchmarks._load_generator import HEADER, Identity
from client.pairing import Offer, read_offer
from security.certificates import key_pem, new_key, new_request, read_authority, server_name
from security.tls import checkpoint_context

_ANSWER_S = 10.0


def identities_of(root: Path, count: int) -> tuple[Identity, ...]:
    """So many paired checkpoints; those there are, and new ones.

    Args:
        root: The data folder of a server that listens.
        count: How many.
    """
    offer = read_offer(root)
    if offer is None:
        raise SystemExit("the server left no file to pair by")
    folder = root / "load-identities"
    folder.mkdir(mode=0o700, exist_ok=True)
    return tuple(_identity(offer, folder, number) for number in range(count))


def _identity(offer: Offer, folder: Path, number: int) -> Identity:
    known = folder / f"{number}.json"
    if known.exists():
        return Identity(**json.loads(known.read_text()))
    checkpoint_id = f"load-{number}"
    key = new_key()
    request = {
        "kind": "pair",
        "id": secrets.token_hex(8),
        "secret": offer.secret,
        "checkpoint_id": checkpoint_id,
        "checkpoint_name": f"Load {number}",
        "request": new_request(key, checkpoint_id),
    }
    name = server_name(read_authority(offer.authority))
    answer = _answer(offer, name, json.dumps(request).encode())
    if answer["kind"] != "paired":
        raise SystemExit(f"not paired: {answer}")
    texts = {
        "certificate": str(answer["certificate"]).encode(),
        "key": key_pem(key),
        "authority": offer.authority.encode(),
    }
    paths = {}
    for what, text in texts.items():
        path = folder / f"{number}-{what}.txt"
        path.touch(mode=0o600)
        path.write_bytes(text)
        paths[what] = str(path)
    identity = Identity(checkpoint_id=str(answer["checkpoint_id"]), server_name=name, **paths)
    known.write_text(json.dumps(dataclasses.asdict(identity)))
    return identity


def _answer(offer: Offer, name: str, body: bytes) -> dict[str, object]:
    context = checkpoint_context(offer.authority)
    with (
        socket.create_connection((offer.host, offer.port), timeout=_ANSWER_S) as raw,
        context.wrap_socket(raw, server_hostname=name) as tls,
        tls.makefile("rb") as stream,
    ):
        tls.sendall(HEADER.pack(len(body)) + body)
        (length,) = HEADER.unpack(stream.read(HEADER.size))
        answer: dict[str, object] = json.loads(stream.read(length))
    return answer
