"""How far the sentiment moves when only a name changes."""
