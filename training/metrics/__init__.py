"""From probabilities to predictions in a set's own labels, and what those score."""
