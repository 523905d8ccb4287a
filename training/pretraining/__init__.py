"""Domain-adaptive pre-training: the encoder learns the language of the streams before it learns the labels."""
