"""An evaluation for readers: on the terminal, as JSON, as a page with pictures."""
