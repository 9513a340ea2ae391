"""One suite for the embedded Datastore and, where they are installed, Google's emulators."""
