"""Whose turn it is at a terminal that a shell shares among its jobs."""

import os


def is_in_foreground(terminal: int) -> bool:
    """Whether its modes are ours to change: in the background, the kernel stops who tries, and
    they are the shell's.
    """
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True  # nobody controls jobs here
