"""The detector of surges of negative opinion, and the channels beside it: pure modules, time is an argument."""
