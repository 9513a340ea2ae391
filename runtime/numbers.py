"""Whole numbers as people and pages send them."""

LARGEST = 999_999_999


def whole_number(text: str, most: int = LARGEST) -> int | None:
    """The number that stands there in digits 0 to 9, from 0 to `most`; None for anything else, signs and ² among it."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None
