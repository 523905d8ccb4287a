"""When a text was published, from what its source says.

`read` decides. `written` puts together what `clock` and `day` find in `plain` figures, `relative` knows what counts
back from the moment of reading, and `zones` what a form leaves open.
"""
