"""The rules of surveys: scales, questions, valid answers, what a machine's click looks like. No SQL, no HTTP, no clock."""
