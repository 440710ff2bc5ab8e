"""Who is the audience? From the weighted table of answers to audiences, and how far to trust them."""
