"""Train, evaluate and export the sentiment and topic model (needs the `train` extra)."""
