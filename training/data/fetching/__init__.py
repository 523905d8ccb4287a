"""Get the sets of the registry: from the hub, or from a folder that has them already."""
