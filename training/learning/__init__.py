"""A training run: losses, optimiser, loop, checkpoints."""
