"""Who is who: pure rules of recognising customers."""
