"""RSS and Atom feeds: `source` polls them (`poll`), each when it is due (`schedule`), by a request that is checked
(`fetch`, `addresses`), and reads the answer (`page`, `parse`).
"""
