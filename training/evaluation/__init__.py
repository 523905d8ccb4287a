"""What a model is worth: predictions read in a set's own labels, scores, reports."""
