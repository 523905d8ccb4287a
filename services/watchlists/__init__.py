"""What is followed, how many alerts that may cost and which business rules hold: one typed YAML file.

`parse.py` reads it, `model.py` answers questions about it, `file.py` takes up changes while a process runs.
"""
