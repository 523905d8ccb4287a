"""What noise in the words costs a model."""
