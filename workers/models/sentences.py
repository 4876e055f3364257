"""Text in pieces that can be cited one by one."""

import re

# A sentence ends at its mark, or where a paragraph or a line of a list does. A mark inside "e.g. x" or "v1.2" is
# followed by a small letter or no space, and does not count.
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9`])|\n\s*\n|\n(?=\s*(?:[-*#|]|\d+\.)\s)")


def sentences(text: str) -> list[str]:
    """The sentences of `text`, none of them blank; joined they are `text` again, so that a citation is a quotation."""
    pieces: list[str] = []
    start = 0
    for end in [*(match.end() for match in _END.finditer(text)), len(text)]:
        if text[start:end].strip():
            pieces.append(text[start:end])
        elif pieces:
            pieces[-1] += text[start:end]
        else:
            continue  # leading space stays with the first sentence
        start = end
    return pieces
