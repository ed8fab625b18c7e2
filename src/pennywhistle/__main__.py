"""`python -m pennywhistle` is the `pennywhistle` command."""

from pennywhistle.config.main import main

if __name__ == "__main__":
    main()
