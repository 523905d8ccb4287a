"""From sources to the raw topics: `sources` read, `pipeline` cleans, drops repeats and counts, `delivery` puts each
record on disk and brings it from there to the broker. `process` puts one together; `commands` are the sub-commands of
`groundswell ingest`.
"""
