"""The pictures of an enrolment under way: those taken, the next one, and those to be dropped."""

from client.enrolment_events import EnrolmentChanged, EnrolSampleTaken
from client.pose import Pose
from client.ui.enrol_page import Taken


class EnrolPictures:
    """Follows what the checkpoint tells; nothing of it is on the screen here.

    Attributes:
        taken: Those that were accepted, in order.
        following: The pose that is asked for next; None when all are there.
        bad: The place of one that the server refused, to be dropped; None for none.
    """

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.following: Pose | None = Pose.STRAIGHT
        self.bad: int | None = None
        self._dropping: list[int] = []
        self._any_pose = False

    @property
    def poses(self) -> tuple[Pose, ...]:
        """How the head was held in each."""
        return tuple(one.pose for one in self.taken)

    def take(self, event: EnrolSampleTaken) -> None:
        """One was accepted."""
        self.taken.insert(event.index, Taken(event.pose, event.thumbnail))
        self._any_pose = False

    def refuse_pose(self) -> None:
        """One was refused for the pose: the next is taken as the head is held, not all can turn."""
        self._any_pose = True

    def follow(self, event: EnrolmentChanged) -> None:
        """Some were dropped, or another pose is asked for."""
        while len(self.taken) > len(event.samples):
            place = self._dropping.pop(0) if self._dropping else len(self.taken) - 1
            if place < len(self.taken):
                del self.taken[place]
        if event.next_pose is not self.following:
            self._any_pose = False
        self.following = event.next_pose

    def drop(self, place: int) -> bool:
        """Notes that one is to go; False when there is none, or another one is on its way out."""
        if place >= len(self.taken) or self._dropping:
            return False
        self._dropping.append(place)
        self.bad = None
        return True

    def to_ask(self, *, any_pose: bool) -> Pose | None:
        """The pose to ask for; None takes the head as it is held."""
        return None if any_pose or self._any_pose else self.following
