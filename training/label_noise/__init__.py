"""Labels of a set that a model confidently contradicts."""
