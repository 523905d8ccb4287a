"""Word-level noise that leaves the sentiment as it was: to train with, and to measure what a model bears."""
