"""What stands in the server's window: rail, banner, and the pages of who is signed in.

Pages are made when somebody signs in, as they may use them, and are taken away when the window is
locked: then there is nothing on it but the state, and the form to sign in.
"""

import time
from functools import partial
from pathlib import Path
from tkinter import ttk
from typing import TYPE_CHECKING, Any, cast

from database.records import EventRecord
from desktop.mailbox import Mailbox
from desktop.ui import theme
from desktop.ui.palette import ThemeName
from desktop.ui.widgets import StateBanner
from server.permissions import Action as Right
from server.permissions import Actor
from server.presenter import Presenter
from server.settings import ServerSettings
from server.sign_in_file import SignIn
from server.state_words import Action
from server.ui.background import Background
from server.ui.desk import Desk, GridLike, NamedLike
from server.ui.idle import Idle
from server.ui.pages import Calls, Page, Pages
from server.ui.progress_banner import ProgressBanner
from server.ui.rail import RIGHTS, Rail
from server.ui.server_grid import ServerGrid
from server.ui.shortcuts import drop_dead_timers
from server.ui.sign_in_page import SignInPage
from server.ui.wording import failed_sign_ins

if TYPE_CHECKING:
    from server.failed_sign_ins import FailedSignIns
    from server.grid import Grid

SIZE = (1280, 720)
SMALLEST = (1040, 660)


class Front:
    """The window without what happens in it: `ServerWindow` is one.

    Args:
        settings: What to begin with.
        data_folder: Where the data are, for the eye.
        sign_in: Of the owner of the data folder, who started the program with it: the account is
            made or gets this password, is signed in, and the window does not lock by itself.

    Attributes:
        grid: The grid itself, for its state, its start with the program and its end. Whatever
            somebody does goes through `desk.grid`, which is theirs.
        pages: By their names in the rail; none while nobody is signed in.
        page: The name of the one that is shown.
    """

    dashboard: Any
    history: Any
    people: Any
    checkpoints: Any
    evaluation: Any
    log: Any
    settings: Any
    consent: Any
    data: Any
    users: Any
    audit: Any

    def __init__(
        self, settings: ServerSettings, *, data_folder: Path, sign_in: SignIn | None = None
    ) -> None:
        self.mailbox: Mailbox[Any] = Mailbox()
        self.presenter = Presenter()
        self._by_file, self._without_asking = sign_in is not None, sign_in
        self.grid: ServerGrid | None = None
        self.page = ""
        self.pages: dict[str, Page] = {}
        self.made: Pages | None = None
        self._settings = settings
        self._timers: dict[str, str] = {}
        self._was_open = False
        self._recovery_due = False
        self.root = theme.open_window(
            title="FaceNetGrid server", size=SIZE, minsize=SMALLEST, theme=settings.theme
        )
        theme_icon = theme.icon("person-bounding-box", theme.palette(self.root).accent, size=48)
        self.root.tk.call("wm", "iconphoto", ".", "-default", theme_icon)
        self.background = Background(self.mailbox)
        self.desk = Desk(
            self.root,
            self.presenter,
            self.background,
            act=self.act,
            go=self.go,
            data_folder=data_folder,
        )
        self.idle = Idle(self.root, self._idle_minutes)
        self._build()

    # What the window does.

    def act(self, action: Action) -> None:
        """Carries out a button of the banner."""
        raise NotImplementedError

    def start(self) -> None:
        """Listens."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stops listening."""
        raise NotImplementedError

    def why(self, record: EventRecord) -> None:
        """Explains an event."""
        raise NotImplementedError

    def add_photos(self) -> None:
        """Opens the dialog that adds people from photos."""
        raise NotImplementedError

    def show_person(self, person: NamedLike) -> None:
        """Shows the events of a person."""
        raise NotImplementedError

    def history_accepted(self) -> None:
        """Ends the alarms of a history that was changed."""
        raise NotImplementedError

    def save(self, settings: ServerSettings) -> None:
        """Keeps new settings."""
        raise NotImplementedError

    def read_checkpoints(self, grid: GridLike) -> None:
        """Brings the checkpoints up to date."""
        raise NotImplementedError

    # Who is signed in.

    @property
    def signed_in(self) -> bool:
        """Whether somebody is; otherwise the window shows the state and nothing else."""
        return self.desk.grid is not None

    def sign_in(self, actor: Actor) -> None:
        """Gives the window to somebody who was let in."""
        from server.acting_grid import ActingGrid  # late: the window comes first

        if self.signed_in:
            self.lock()
        books = self.grid.books if self.grid is not None else None
        if books is None:
            return
        acting = ActingGrid(cast("Grid", self.grid), books.administration, actor)
        self.desk.grid = cast("GridLike", acting)
        self.desk.name = books.administration.name_of(actor)
        self.idle.touch()
        self.sign_in_page.grid_remove()
        self._build_pages()
        self.rail.show_person(self.desk.name, actor.role, may=self.desk.may)
        self.rail.mark("Consent", on=actor.name in self.desk.drafts)  # their own, of before
        self.rail.show_idle(self.idle.left_s)
        self._recovery_due = self.sign_in_page.first_start and not self._by_file
        self._was_open = self.desk.ready is not None
        if self._was_open:
            self.read_checkpoints(self.desk.grid)
        self.show_state()
        self.go("Dashboard")
        self.look_at_data()
        if not self._by_file:
            self.desk.ask(
                "failed sign-ins",
                lambda: books.administration.failed_before(actor),
                self._tell_failed,
            )

    def _tell_failed(self, found: "FailedSignIns | None") -> None:
        """Says over the pages that somebody tried to sign in with this person's name."""
        if found is None or not self.signed_in:
            return
        sees = self.desk.may(Right.VIEW_AUDIT)
        then = "look into the audit log" if sees else "tell whoever reads the audit log"
        self.notice.show(
            tone="info",
            line=failed_sign_ins(found, time.time_ns() // 1_000_000),
            reason=f"If that was not you: change your password, and {then}.",
            icon_name="person-lock",
            button=("Change password", self._change_password),
            second=("It was me", self.notice.grid_remove),
        )
        self.notice.grid(row=1, column=0, sticky="ew", pady=(0, theme.px(self.root, 12)))

    def _change_password(self) -> None:
        # What was told stays until it is done: who thinks better of it shall not have lost it.
        self.go("Users")
        self.users.own.invoke()

    def look_at_data(self) -> None:
        """Reads how backups and keys stand: the rail tells when they need somebody."""
        if self.desk.ready is not None:
            self.data.ask(self._offer_recovery)

    def _offer_recovery(self) -> None:
        """Shows a recovery key to who has just become the first administrator, once."""
        status = self.data.status
        if self._recovery_due and status is not None and status.recovery_at_ms is None:
            self._recovery_due = False
            self.data.key_card.open_dialog()

    def _mark_data(self, on: bool) -> None:  # noqa: FBT001 - what a page calls
        # Whoever starts a window by a file, as the demo, is asked nothing and urged to nothing.
        self.rail.mark("Data", on=on and not self._by_file)

    def lock(self) -> None:
        """Takes everything from the screen but the state; what runs goes on."""
        self.background.forget()
        self.desk.grid, self.desk.name = None, ""
        self.notice.grid_remove()
        # Native choosers of files are no widgets of ours: Tcl knows all windows.
        for child in self.root.tk.splitlist(self.root.tk.call("winfo", "children", ".")):
            if str(self.root.tk.call("winfo", "toplevel", child)) == str(child):
                self.root.tk.call("destroy", child)
        self.desk.toast.hide()
        for key in [key for key in self._timers if key not in ("tick", "close")]:
            self.root.after_cancel(self._timers.pop(key))
        if self.made is not None:
            self.made.destroy()
            self.pages, self.made = {}, None
            drop_dead_timers(self.root)
        self.page = ""
        self.rail.hide_person()
        self.sign_in_page.grid(row=0, column=0, sticky="nsew")
        self.offer_sign_in()
        self.show_state()

    def offer_sign_in(self) -> None:
        """Shows what can be done by whom while nobody is signed in."""
        books = self.grid.books if self.grid is not None else None
        if books is None or self._without_asking is None:
            self.sign_in_page.show(None if books is None else books.administration)
            return
        wanted, self._without_asking = self._without_asking, None
        administration = books.administration
        self.background.ask(
            "sign in",
            lambda: administration.owner_signs_in(wanted.name, wanted.password),
            self.sign_in,
            self._not_signed_in,
        )

    def _not_signed_in(self, error: Exception) -> None:
        self.offer_sign_in()
        self.sign_in_page.say(str(error))

    def _idle_minutes(self) -> int:
        if self.grid is None or self._by_file:
            return 0
        return self.grid.settings.idle_lock_minutes

    # What is shown.

    def go(self, name: str) -> None:
        """Shows a page, when it is one of who is signed in."""
        if name not in self.pages or not self.desk.may(RIGHTS[name]):
            return
        if self.page == "Consent" != name:
            self.consent.left()
        self.page = name
        self.pages[name].lift()
        # Return must not press a button that is out of sight. (focus_get stumbles over popdowns.)
        focus = str(self.root.tk.call("focus"))
        if any(focus.startswith(f"{page}.") for page in self.pages.values()):
            self.pages[name].focus_set()
        for other, page in self.pages.items():
            if other == name:
                page.grid(row=0, column=0, sticky="nsew")
            else:
                page.grid_remove()
        self.rail.choose(name)
        self.pages[name].shown()

    def turn_theme(self) -> None:
        """The other theme, at once and for the next start."""
        name: ThemeName = "light" if theme.palette(self.root).name == "dark" else "dark"
        self.switch_theme(name)
        self.settings.take_theme(name)

    def switch_theme(self, name: ThemeName) -> None:
        """Shows a theme; nothing is kept."""
        theme.switch(self.root, name)
        self.rail.show_theme(name)

    def refresh(self) -> None:
        """F5: everything of the page anew."""
        if self.page:
            self.pages[self.page].shown()

    def show_state(self) -> None:
        """Puts the state on the rail and, when there is something to say, over the page."""
        self.rail.show(self.presenter)
        self.sign_in_page.tell_served(on=self.presenter.status.state.serving)
        view = self.presenter.state
        if not view.line:
            self.banner.grid_remove()
            return
        offers = [(offer.word, partial(self.act, offer.action)) for offer in view.offers]
        reason = view.reason
        if not self.signed_in and self.grid is not None and self.grid.books is not None:
            # The reason may name people and files.
            offers = []
            if view.progress is None:  # which names nothing
                reason = "Sign in to read more and to act."
        self.banner.show(
            tone=view.line_tone or view.tone,
            line=view.line,
            reason=reason,
            icon_name=view.line_icon,
            button=offers[0] if offers else None,
            second=offers[1] if len(offers) > 1 else None,
        )
        self.banner.show_progress(view.progress)
        self.banner.grid(row=0, column=0, sticky="ew", pady=(0, theme.px(self.root, 12)))

    # Building.

    def _build(self) -> None:
        root = self.root
        self.rail = Rail(
            root,
            go=self.go,
            start=self.start,
            stop=self.stop,
            turn_theme=self.turn_theme,
            lock=self.lock,
        )
        self.rail.pack(side="left", fill="y")
        self.rail.show_theme(self._settings.theme)
        body = ttk.Frame(root, style="Plain.TFrame", padding=theme.px(root, 16))
        body.pack(side="left", fill="both", expand=True)
        body.columnconfigure(0, weight=1)
        body.rowconfigure(2, weight=1)
        self.banner, self.notice = ProgressBanner(body), StateBanner(body)
        self._stack = ttk.Frame(body, style="Plain.TFrame")
        self._stack.grid(row=2, column=0, sticky="nsew")
        self._stack.columnconfigure(0, weight=1)
        self._stack.rowconfigure(0, weight=1)
        # A page's wish for room must not change the window's size.
        self._stack.grid_propagate(flag=False)
        self.sign_in_page = SignInPage(self._stack, self.desk, signed_in=self.sign_in)

    def _build_pages(self) -> None:
        """The pages as who signed in may use them."""
        pages = Pages(
            self._stack,
            self.desk,
            settings=self.desk.grid.settings if self.desk.grid is not None else self._settings,
            calls=Calls(
                why=self.why,
                add_photos=self.add_photos,
                copy=self.desk.copy,
                show_person=self.show_person,
                save=self.save,
                switch_theme=self.switch_theme,
                mark_data=self._mark_data,
                own_password_changed=self.notice.grid_remove,
                mark_consent=lambda on: self.rail.mark("Consent", on=on),
                history_accepted=self.history_accepted,
            ),
        )
        self.dashboard, self.history = pages.dashboard, pages.history
        self.people, self.checkpoints = pages.people, pages.checkpoints
        self.evaluation, self.log, self.settings = pages.evaluation, pages.log, pages.settings
        self.data, self.users, self.audit = pages.data, pages.users, pages.audit
        self.consent = pages.consent
        self.pages, self.made = dict(pages.by_name), pages
        self.desk.toast.lift()
