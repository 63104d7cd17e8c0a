"""After-sales for online shops: everything after "order placed", explained and replayable."""
