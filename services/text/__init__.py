"""What texts are to all of us: cleaned, of a language, with mentions and segments, and a fingerprint; pure."""
