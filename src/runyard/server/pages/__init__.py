"""Web pages: server-rendered HTML that works without scripts; scripts only keep it live. Handlers are in `routes`."""
