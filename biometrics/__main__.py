"""`python -m biometrics`: the commands `verify` (two pictures) and `evaluate` (a folder)."""

import sys

from biometrics.evaluation.commands import main

if __name__ == "__main__":
    sys.exit(main())
