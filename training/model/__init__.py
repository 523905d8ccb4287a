"""The network: one encoder, one head a task."""
