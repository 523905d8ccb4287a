"""A bundle measured on labelled texts, beside baselines and other bundles."""
