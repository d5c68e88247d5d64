"""What is kept secret and how it is proved: sealing, keys, certificates, codes, chains, passwords.

Knows nothing of sockets, windows, faces and SQL, and imports no other room.
"""
