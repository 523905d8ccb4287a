"""Dictionaries of tone as baselines: what counting words alone would say of a text."""
