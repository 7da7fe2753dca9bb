"""A process that says how it lives, and then ends or stays as it was told. It is no part of a house."""

import json
import os
import resource
import signal
import sys


def main(words: list[str]) -> None:
    """Say it, and end with the code that was asked for; without one, stay until a signal comes."""
    read = "services.runtime.run" in sys.modules
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    place = {"folder": os.getcwd(), "own": dict(os.environ)}
    lives = {**place, "leads": os.getsid(0) == os.getpid(), "read": read, "opens_all": soft == hard}
    sys.stdout.write(json.dumps(lives) + "\n")
    sys.stdout.flush()
    if words:
        sys.exit(int(words[0]))
    signal.pause()


if __name__ == "__main__":
    main(sys.argv[1:])
