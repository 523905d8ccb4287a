"""Pictures of an evaluation, drawn without a display."""
