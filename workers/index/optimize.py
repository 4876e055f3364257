"""`python -m workers.index.optimize FOLDER/shard`: builds the graph of an embedded index that no process has open."""

import sys
from pathlib import Path

from workers.index.qdrant_edge import optimize

if __name__ == "__main__":
    optimize(Path(sys.argv[1]))
