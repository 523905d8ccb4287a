"""How well surges are found: a seeded generator, the detector, and what people use instead."""
