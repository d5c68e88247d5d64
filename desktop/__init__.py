"""What both desktop programs need and no face knows of: mailboxes, files, settings, logs, looks."""
