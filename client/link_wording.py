"""The checkpoint's sentences about its server: banner, badge, and the word beside a result."""

from dataclasses import replace

from client import kept_wording
from client.events import LinkState, LinkStatus
from client.view_model import Action, Banner, LinkBadge, Tone
from protocol.sign_in import WhoEnrols
from protocol.text import printable

_REFUSED = "It does not accept this checkpoint. Update both, then try again."
_NOT_PAIRED = (
    "No server knows this checkpoint yet. Ask the administrator for a code, then press the button."
)
_REVOKED = (
    "The server has shut this checkpoint out. Call the administrator: a new code lets it in again."
)
_SERVER_CHANGED = (
    "Its identity is another one: nothing was sent to it. Call the administrator; only a code "
    "from them makes it yours."
)

# State: tone, icon, headline, word of the badge, word beside a result, reason, button.
_BLOCKED: dict[LinkState, tuple[Tone, str, str, str, str, str, Action]] = {
    LinkState.REFUSED: (
        "bad",
        "slash-circle-fill",
        "Refused by the server",
        "Refused",
        "Refused by the server",
        _REFUSED,
        Action.OPEN_SETTINGS,
    ),
    LinkState.NOT_PAIRED: (
        "warn",
        "link-45deg",
        "Not paired",
        "Not paired",
        "Not paired",
        _NOT_PAIRED,
        Action.PAIR,
    ),
    LinkState.REVOKED: (
        "bad",
        "shield-fill-x",
        "This checkpoint was revoked",
        "Revoked",
        "Checkpoint revoked",
        _REVOKED,
        Action.PAIR_AGAIN,
    ),
    LinkState.SERVER_CHANGED: (
        "bad",
        "shield-fill-exclamation",
        "This is not the server it was paired with",
        "Another server",
        "Another server",
        _SERVER_CHANGED,
        Action.PAIR_AGAIN,
    ),
}


def blocked(state: LinkState) -> bool:
    """Whether somebody has to do something before the server can be asked again."""
    return state in _BLOCKED


def banner(status: LinkStatus, retry_in_s: int | None) -> Banner:
    """Why the server cannot be asked, and what happens next."""
    if status.state in _BLOCKED:
        tone, icon, headline, _, _, usual, action = _BLOCKED[status.state]
        # A certificate that has ended is told by the sentence; the others say no more than ours.
        told = status.state in (LinkState.REFUSED, LinkState.NOT_PAIRED)
        said = status.sentence if told else ""
        waiting = (
            f"\n{kept_wording.kept(status.kept)}, to be sent once that is done."
            if status.kept
            else ""
        )
        return Banner(tone, icon, headline, f"{said or usual}{waiting}", action)
    if status.state is LinkState.CONNECTING:
        reason = f"Asking {status.address}." if status.address else ""
        return Banner("neutral", "arrow-repeat", "Connecting to the server…", reason)
    alone = kept_wording.alone(status.alone_s)
    parts = [alone, retrying(retry_in_s), kept_wording.kept(status.kept)]
    reason = " · ".join([part for part in parts if part])
    why = status.sentence
    if why and not alone:
        why = f"{why} Nobody can be identified meanwhile."
    if why:
        reason = f"{reason}\n{why}" if reason else why
    return Banner("warn", "cloud-slash-fill", "Server unreachable", reason, Action.OPEN_SETTINGS)


def back(status: LinkStatus, ready: Banner) -> Banner:
    """The server is back and what was kept meanwhile is on its way.

    Args:
        status: Connected, with events kept.
        ready: What would be shown otherwise: people are identified all the while.
    """
    count = "1 event is" if status.kept == 1 else f"{status.kept:,} events are"
    reason = status.sentence or f"The server is back: {count} being delivered."
    return replace(ready, reason=reason, action=None)


def clock_off(status: LinkStatus, ready: Banner) -> Banner:
    """This computer's clock is not the server's, which flags every event from here.

    Args:
        status: Connected, with clocks that differ.
        ready: What would be shown otherwise: people are identified all the while.
    """
    way = "ahead of" if status.clock_ahead_min > 0 else "behind"
    apart = kept_wording.long(abs(status.clock_ahead_min))
    reason = f"This computer's clock is {apart} {way} the server's. Set the one that is wrong."
    return replace(ready, reason=reason)


def retrying(retry_in_s: int | None) -> str:
    """The time to the next attempt."""
    if retry_in_s is None:
        return ""
    return f"Retrying in {retry_in_s} s" if retry_in_s > 0 else "Retrying now"


def badge(status: LinkStatus, retry_in_s: int | None) -> LinkBadge:
    """The header's link state: icon, word, and the server's name or the next attempt."""
    if status.state in _BLOCKED:
        tone, icon, _, word, _, _, _ = _BLOCKED[status.state]
        return LinkBadge(tone, icon, word, printable(status.server_name, 40))
    if status.state is LinkState.CONNECTED:
        name = printable(status.server_name, 40)
        ms = "" if status.latency_ms is None else f"{max(1, round(status.latency_ms))} ms"
        detail = " · ".join([part for part in (name, "TLS", ms) if part])
        if status.clock_ahead_min:
            return LinkBadge("warn", "clock", "Wrong clock", detail)
        return LinkBadge("good", "check-circle-fill", "Connected", detail)
    if status.state is LinkState.CONNECTING:
        return LinkBadge("neutral", "arrow-repeat", "Connecting…", status.address)
    return LinkBadge("warn", "cloud-slash-fill", "Unreachable", retrying(retry_in_s).lower())


def no_enrolment(status: LinkStatus) -> str:
    """Why nobody can be enrolled now; "" where the server can be asked."""
    if status.state is not LinkState.CONNECTED:
        return "Enrolling needs the server."
    nobody = status.who_enrols == WhoEnrols.NOBODY
    return "Nobody may be enrolled at this checkpoint." if nobody else ""


def no_answer(state: LinkState, otherwise: str) -> str:
    """The word for an event that has no verdict: what the banner says of the server."""
    return _BLOCKED[state][4] if state in _BLOCKED else otherwise
