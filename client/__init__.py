"""The checkpoint: camera, capture, link to the server, outbox, window."""
