"""The HTTP edge: the application, its middlewares, its document."""
