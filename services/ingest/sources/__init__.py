"""Where texts come from, one source a file or a folder: `jsonl`, `replay`, `http`, `rss`.

A new source takes five steps:

1. A class that extends `base.Source`, or `base.LiveSource` when it has no end and waits on the network: then it writes
   `serve`, and the heartbeats are sent beside it.
2. It turns whatever it reads into mappings with the fields that `normalise.normalise` names, and hands each to
   `IngestPipeline.take` with its `SourceDefaults`, a `place` that says in a dead letter where the record came from, and
   the time; a feed hands all of one fetch to `IngestPipeline.take_fetch`. The pipeline cleans, reads dates, drops
   repeats, publishes, counts and dead-letters: a source does none of these.
   One bad record never ends a source; what is no mapping at all goes to `IngestPipeline.reject`.
3. It says how far it is, or the watermark of everything downstream stands still: a source that ends calls
   `IngestPipeline.beat_last` at its end, one that reads by itself calls `beat_live` every ten seconds.
4. It returns soon after `stopping` is set, within a second. `take` says by a future when a record is safe on disk; who
   sends to us is told only then. A source that reads by itself need not look: `take` waits while the disk is full, and
   the process says at its end what it could not keep.
5. A command in `services.ingest.commands` opens the process and runs it; `tests.harness.pipeline_bench` is a pipeline
   with a fake broker for its tests.
"""
