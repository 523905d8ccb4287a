"""Dead letters: `letters` reads them, `view` shows them, `retry` puts them back where they were read."""
