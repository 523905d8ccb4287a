"""Files that users bring and get."""
