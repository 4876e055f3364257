"""What the demo asks, and facts by which a reader can check who sees what."""

from dataclasses import dataclass

TIERS = ("free", "standard", "enterprise")

DEMO_QUESTION = "What does the Lockkeepers' Company do when a lock gate leaks?"
"""Each tier's best answer to it lies in another document."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Words that stand in chunks of one visibility only, and a question whose answer holds them."""

    words: str
    visibility: str
    question: str


FACTS = (
    Fact("21.5 metres", "public", "How high does the staircase of Fonserannes lift boats?"),
    Fact("24 May 2002", "public", "When was the Falkirk Wheel opened?"),
    Fact("Qiao Weiyue", "public", "Who built the first pound lock?"),
    Fact("503", "public", "What does Sluice do when Kafka is down?"),
    Fact("ring the keeper", "public", DEMO_QUESTION),
    Fact("stop planks within 4 hours", "internal", DEMO_QUESTION),
    Fact("hook 14", "internal", "Where does the key to the shed at Alder Lock hang?"),
    Fact("2.40 metres", "internal", "When does the night keeper open the flood sluices?"),
    Fact("90 litres a second", "internal", "How much water does the fish ladder need?"),
    Fact("2,300 crowns", "confidential", DEMO_QUESTION),
    Fact("1.2 million crowns", "confidential", "For how much is the maintenance yard at Alder Lock to be sold?"),
    Fact("one in five", "confidential", "What is the chance that the lower gate of Quarry Lock fails?"),
    Fact("61,000", "confidential", "What does the lock master of the Lockkeepers' Company earn?"),
)
