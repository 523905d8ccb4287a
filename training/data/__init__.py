"""Labelled data: the registry, readers, label maps, splits, batches."""
