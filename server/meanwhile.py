"""What another program did to the data meanwhile: whoever opened them before does not go on then.

Some commands work beside others without the lock of the folder. What they opened is of use only as
long as it is what lies on the disk: they ask here under the lock of what they are about to change,
and whoever replaces the key holds those locks, or has written the plan down that is seen here.
"""

from server.data_folder import DataFolder
from server.vault import BEING_PUT, Vault
from server.vault_file import VaultFileInvalid, read_vault_file

RENEWED = "The key of the data was renewed meanwhile: run the command again."


def meanwhile(folder: DataFolder, vault: Vault) -> str:
    """Why an opened vault is not that of the data any more, as a sentence; empty while it is.

    Args:
        folder: Where the data are.
        vault: Opened before.
    """
    if folder.unsettled:
        return BEING_PUT
    try:
        file = read_vault_file(folder.vault)
    except VaultFileInvalid:
        return ""  # somebody damaged it: what is open goes on, and the next start says so
    return "" if file is None or file.fingerprint == vault.fingerprint else RENEWED
