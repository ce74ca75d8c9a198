"""``python -m pricewar``: the same as the command ``pricewar``."""

import sys

from pricewar.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
