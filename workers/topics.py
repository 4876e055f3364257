"""The topics between the stages. Their settings are in gateway.yaml."""

CHUNKS = "rag.chunks"
EMBEDDINGS = "rag.embeddings"
QUERIES = "rag.queries"
CONTEXTS = "rag.contexts"
RESULTS = "rag.results"
ANSWERS = "rag.answers"
DEAD_LETTERS = "rag.dead-letters"
