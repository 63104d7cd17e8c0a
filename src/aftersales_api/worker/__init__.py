"""The background edge: claims jobs, pumps what falls due, keeps house."""
