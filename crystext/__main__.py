"""``python -m crystext`` is the command ``crystext``."""

from crystext.cli import main

if __name__ == "__main__":
    main()
