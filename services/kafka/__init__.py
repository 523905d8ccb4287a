"""All that knows Kafka: our topics, the clients that read and write them, and what our Faust workers are made of.

The only package that imports kafka-python and Faust (`lint-imports` checks that); others say what they want in values.

Topics    `topics` (the table of them), `create_topics`, `codec` (messages to bytes and back), `dead_letters`
Broker    `broker` (what every client is made from), `addresses`, `reach`, `admin`, `wait_for_broker`, `end_offsets`
Security  `security` (arguments of each library), `check_security`, `oauth`, `certificates`, `rights`, `check_rights`
Writing   `record_producer` waits for each record; `kafka_connection` answers by callback and can be made anew
Reading   `topic_reader` from the start and without a group, `group_consumer` with committed offsets, `last_records`
Border    `border` (what a worker lets in), `crash_notes` (what crashed it), `dead_share`, `state_file`
Workers   `app`, `raw_table`, `recovery`, `delivery`, `crash_only`, `run_worker`
"""
