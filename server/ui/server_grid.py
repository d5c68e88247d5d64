"""What the window itself does with the grid, whoever is signed in: its state, start and end."""

from typing import TYPE_CHECKING, Protocol

from server.events import ServerStateChanged
from server.settings import ServerSettings

if TYPE_CHECKING:
    from server.administration import Administration


class BooksLike(Protocol):
    """What the window asks of the books (`server.books.Books`)."""

    @property
    def administration(self) -> "Administration":
        """The service layer of what people do."""


class ServerGrid(Protocol):
    """What the window itself does with the grid (`server.grid.Grid`), whoever is signed in."""

    @property
    def books(self) -> BooksLike | None:
        """Accounts and audit log, once the data are unlocked."""

    @property
    def settings(self) -> ServerSettings:
        """The settings now."""

    @property
    def ready(self) -> bool:
        """Whether the data are open."""

    @property
    def alive(self) -> bool:
        """Whether a thread of it runs."""

    @property
    def status(self) -> ServerStateChanged:
        """As last posted."""

    def unlock(self, passphrase: str) -> object:
        """Opens data that are sealed with a passphrase: whoever knows it may."""

    def start(self) -> object:
        """Opens the data and listens: what starting the program means."""

    def close(self) -> object:
        """Ends everything."""


class GridMade:
    """The grid was made in its thread and may be used; or it could not be, with why."""

    def __init__(self, grid: ServerGrid | None, error: Exception | None = None) -> None:
        self.grid = grid
        self.error = error
