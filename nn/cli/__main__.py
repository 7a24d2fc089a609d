"""`python -m nn.cli` is `chalkgrad`."""

from . import main

if __name__ == "__main__":
    main()
