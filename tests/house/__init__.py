"""The rules of this house: `python3 run.py check`, and the tests that the rules can fail."""
