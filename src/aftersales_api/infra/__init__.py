"""What the service stands on: settings, database, jobs, due rows, events, sealing, logs, outbound HTTP."""
