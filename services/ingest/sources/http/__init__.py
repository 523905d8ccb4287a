"""Texts that others post: `endpoint` is the HTTP handler, `source` serves it."""
