"""A local Marketing Cloud tenant: a real HTTP server that behaves as the API reference says the real one does.

It is an independent reading of the reference (tests and strangers' integrations run against it), so nothing here
knows the console's own client. What it does not imitate: delivery of mail, the web interface, web and public apps'
sign-in, and the exact timing of a real tenant. What the reference calls seed-only or unverified is a switch; they are
listed in `switches`. With `--control` the routes under `/_sandbox/` make faults and show what was asked.
"""
