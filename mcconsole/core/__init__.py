"""Everything below the network and the window: no Qt, no requests."""
