"""How long a test waits for what has to come: long past any machine's worst mood, and far short of
what would come by itself. Nothing is measured by it; that is `tests/bench`.
"""

IN_VAIN_S = 20.0
