"""What a model says of texts: the torch model that is trained, and the bundle that is served."""
