"""`python -m biometrics`: the commands `verify`, `evaluate` (a folder) and `pad` (liveness)."""

import sys

from biometrics.evaluation.commands import main

if __name__ == "__main__":
    sys.exit(main())
