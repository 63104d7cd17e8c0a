"""Pure rules of cases: clocks, verdicts, assignment, metrics. No SQL, no HTTP, no wall clock."""
