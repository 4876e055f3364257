"""Each profile can be spoken."""

from demo.place import PROFILES
from demo.speech import SPEECH


def test_every_profile_has_its_speech() -> None:
    """Whatever the environment may name, the demo knows how to ask."""
    assert SPEECH.keys() == PROFILES.keys()
