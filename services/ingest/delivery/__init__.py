"""How records reach the broker: `outbox` sends them, and writes them to the `spool` while the broker is away."""
