"""`python -m client pair CODE`: pairs a checkpoint that has no window, and says how it went."""

from pathlib import Path
from typing import TextIO

from client import settings as kept
from client.dialling import Cancelled
from client.headless import ended_by_signals
from client.identity import Identity
from client.pairing import Pairing, PairingFailed
from client.settings import ClientSettings

EXIT_REFUSED = 1


def run(
    settings: ClientSettings,
    settings_file: Path,
    code: str,
    address: str | None,
    out: TextIO,
    err: TextIO,
) -> int:
    """Pairs, keeps the server's address in the settings, and gives the exit code.

    Args:
        settings: Of the checkpoint that is paired.
        settings_file: Where they are kept; the certificate is kept beside it.
        code: As typed.
        address: `host:port` in the place of the code's, None for that.
        out: Told with whom.
        err: Told why not.
    """
    pairing = Pairing(Identity.beside(settings_file, settings.checkpoint_id))
    with ended_by_signals() as ended:
        try:
            partner = pairing.with_code(
                code, address, settings.checkpoint_name, cancelled=ended.is_set
            )
        except PairingFailed as failed:
            err.write(f"{failed}\n")
            return EXIT_REFUSED
        except Cancelled:
            err.write("Pairing was cancelled.\n")
            return EXIT_REFUSED
    changed = kept.changed(settings, server_host=partner.host, server_port=partner.port)
    try:
        kept.save(changed, settings_file)
    except OSError as error:
        err.write(f"Paired, but {settings_file} cannot be written: {error.strerror or error}.\n")
        return EXIT_REFUSED
    out.write(f"Paired with {partner.server_name} as {partner.checkpoint_id}.\n")
    return 0
