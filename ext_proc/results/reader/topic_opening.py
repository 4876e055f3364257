"""How the stream of a whole topic begins: at a place in each of its partitions."""
