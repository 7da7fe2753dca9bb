"""What a proof says while it runs, for whoever waits; its last line, for programs, is its own."""

import sys


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()
