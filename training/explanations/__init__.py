"""Which words a sentiment comes from, and whether such explanations hold."""
