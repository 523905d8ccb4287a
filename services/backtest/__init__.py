"""The whole core over a file, without Kafka: what would have alerted, when, with which evidence."""
