"""Pseudo-labels: a model labels the unlabelled streams where it is sure, for the next model to learn from."""
