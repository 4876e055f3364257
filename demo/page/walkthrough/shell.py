"""The parts that the walkthrough's commands are made of. They are for the usual address; `document` moves them elsewhere."""

from local.ports import DEFAULTS, PUBLIC

URL = f"http://127.0.0.1:{DEFAULTS[PUBLIC]}"
MAKE = "make -s"
AS_JSON = "-H 'content-type: application/json'"
QUESTION = r'{"question": "What does the Lockkeepers\u0027 Company do when a lock gate leaks?"}'
"""An apostrophe would end the shell's quotes."""


def bearer(tier: str, *, sub: str = "alice") -> str:
    """The header of a caller."""
    who = f"TIER={tier}" if sub == "alice" else f"TIER={tier} SUB={sub}"
    return f'-H "authorization: Bearer $({MAKE} token {who})"'


def asking(tier: str, *, body: str = QUESTION, options: str = "-s") -> str:
    """A question that is posted."""
    return f"curl {options} {URL}/queries {bearer(tier)} {AS_JSON} -d '{body}'"


def streaming(tier: str, *, body: str = QUESTION) -> str:
    """A question that is posted, and its answer as a page's EventSource reads it: by the ticket in `stream_url`."""
    return f'''curl -sN "{URL}$({asking(tier, body=body)} | grep -o '/results/[^"]*ticket=[^"]*')"'''
