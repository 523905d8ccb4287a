"""A topic added to a published model from its name and a handful of examples."""
