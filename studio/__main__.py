"""`python -m studio` is the command `studio`."""

from studio.cli.main import run

if __name__ == "__main__":
    run()
