"""Tables of what is known of the world outside of a repository."""
