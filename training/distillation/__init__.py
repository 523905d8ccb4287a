"""From a trained teacher to a student with fewer layers."""
