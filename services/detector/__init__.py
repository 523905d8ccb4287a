"""The detector of negative surges: pure modules, time is an argument."""
