"""Google's Datastore (google.datastore.v1, gRPC) on SQLite, for a laptop and for tests.

Programs reach it as they reach Google's own emulators: by DATASTORE_EMULATOR_HOST. What it does as Google does, what
it does not do, and how that is checked: docs/sandbox-datastore.md. Importing this package loads nothing else;
`sandbox.datastore.server` has the server.
"""
