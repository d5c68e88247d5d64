"""What the link tells about itself: put together in one place, posted when it changed."""

import time
from collections.abc import Callable
from dataclasses import replace

from client.errands import Errands
from client.events import ClientEvent, LinkState, LinkStatus
from protocol.messages import Welcome

_COUNTDOWN_S = 1.0


class StatusTeller:
    """The status now. For the link thread.

    Args:
        address: Tried first.
        post: Takes `LinkStatus`.
    """

    def __init__(self, address: str, post: Callable[[ClientEvent], None]) -> None:
        self._post = post
        self._posted_s = 0.0
        self.status = LinkStatus(LinkState.CONNECTING, address=address)
        self.enrolment_quality: str | None = None

    def tell(
        self,
        state: LinkState,
        text: str,
        address: str,
        errands: Errands,
        *,
        alone_s: float = 0.0,
        welcome: Welcome | None = None,
        latency_ms: float | None = None,
        clock_ahead_s: float = 0.0,
        retry_in_s: float | None = None,
        liveness: str | None = None,
        consent_text: str | None = None,
        who_enrols: str | None = None,
    ) -> None:
        """Posts the status when it changed; a countdown once a second.

        Args:
            state: Of the link.
            text: What is wrong, or "".
            address: Tried now.
            errands: What waits.
            alone_s: For how long the checkpoint may decide without the server; told in minutes.
            welcome: While connected.
            latency_ms: Of the last heartbeat.
            clock_ahead_s: By how much this computer's clock is ahead of the server's; told in
                whole minutes, as the server flags events from a minute on.
            retry_in_s: To the next attempt.
            liveness: What the server demands; None for as before.
            consent_text: What people agree to; None for as before.
            who_enrols: Who may enrol here; None for as before.
        """
        before, outbox = self.status, errands.outbox
        if welcome is not None:
            self.enrolment_quality = welcome.enrolment_quality
        status = LinkStatus(
            state,
            text,
            server_name=welcome.server_name if welcome is not None else before.server_name,
            address=address,
            latency_ms=None if latency_ms is None else round(latency_ms, 1),
            clock_ahead_min=int(clock_ahead_s / 60),
            retry_in_s=retry_in_s,
            kept=len(outbox),
            refused=errands.refused,
            full=outbox.full,
            keeping=outbox.trouble,
            dead=outbox.dead_count,
            keep_pictures=welcome is not None and welcome.keep_pictures,
            people=welcome.people if welcome is not None else before.people,
            liveness=before.liveness if liveness is None else liveness,
            alone_s=alone_s // 60 * 60,
            consent_text=consent_text or before.consent_text,
            who_enrols=before.who_enrols if who_enrols is None else who_enrols,
        )
        now_s = time.monotonic()
        counting = replace(status, retry_in_s=before.retry_in_s) == before
        slow = counting and retry_in_s is not None and now_s - self._posted_s < _COUNTDOWN_S
        self.status = before if slow else status
        if self._posted_s and (status == before or slow):
            return
        self._posted_s = now_s
        self._post(status)
