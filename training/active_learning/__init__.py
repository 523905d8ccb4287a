"""Active learning: the texts worth labelling, and a place for the answers."""
