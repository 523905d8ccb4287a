"""Fewer pieces: the vocabulary of a model cut to what a kind of text needs."""
