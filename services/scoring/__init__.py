"""From raw texts to scored ones: `score_batch` is the core, `worker` the stream around it, `score_file` does files."""
