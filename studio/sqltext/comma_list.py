"""The parts of a list that an engine printed: names, keys, columns."""


def comma_parts(text: str) -> list[str]:
    """The parts between the commas that stand in no brackets and no quotes.

    Character by character, where all else here reads tokens: text of plans and of dumps is printed
    by a server, which quotes by doubling only, and lists are split at every node of a large plan.
    """
    parts, depth, quote, start = [], 0, "", 0
    for place, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth <= 0:
            parts.append(text[start:place].strip())
            start = place + 1
    parts.append(text[start:].strip())
    return parts
