"""The parts of a report."""

from biometrics.evaluation.document import Listing


def test_a_listing_knows_how_much_more_there_is() -> None:
    """Never less than nothing."""
    assert Listing("Files", 60, ("a", "b")).more == 58
    assert Listing("Files", 2, ("a", "b")).more == 0
