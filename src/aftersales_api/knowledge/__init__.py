"""The knowledge base: articles in several languages, found with and without accents, and what they spare."""
