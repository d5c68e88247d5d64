"""What a checkpoint and the server say to each other: bytes in, messages out, no I/O."""
