"""When a text was published, from what its source says.

`read` decides; `written` and `relative` know the forms, `zones` what a form leaves open.
"""
