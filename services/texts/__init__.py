"""Single texts and dead letters for people: what is known of a text, what comes, what could not be used and why."""
