"""Pure rules of warranties: clocks, coverage, who must prove what. No SQL, no HTTP."""
