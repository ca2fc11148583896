"""How far two texts of an editor are the same."""


def common_prefix(one: str, other: str) -> int:
    """How many characters two texts begin alike; halving, because comparing slices is memcmp."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
