import time
from pathlib import Path

import pytest

from outgoing import AddressPolicy, deadline
from outgoing.dialing import Dialer, certificate_expiry
from protocol.errors import ErrorCode, OutgoingError
from tests.outgoing.conftest import Serve
from tests.outgoing.servers import certificate, pointing_to, silence

HERE = AddressPolicy(allow_private=False, allow_loopback=True)
PUBLIC = AddressPolicy(allow_private=False, allow_loopback=False)


def test_tells_when_a_trusted_certificate_ends(serve: Serve, tmp_path: Path) -> None:
    context, bundle = certificate(tmp_path, "op.example")
    port = serve(silence, context).port
    expires_at = certificate_expiry(
        Dialer(HERE, pointing_to("127.0.0.1")), "op.example", port, bundle
    )
    assert 0 < expires_at - time.time() <= 86400


def test_connects_to_no_address_that_is_not_allowed(serve: Serve) -> None:
    server = serve(silence)
    with pytest.raises(OutgoingError) as caught:
        certificate_expiry(Dialer(PUBLIC, pointing_to("127.0.0.1")), "op.example", server.port)
    assert caught.value.code is ErrorCode.ADDRESS_REFUSED
    assert server.accepted == 0


@pytest.mark.usefixtures("quick")
def test_a_server_that_never_shakes_hands_is_cut_off(serve: Serve) -> None:
    server = serve(silence)
    with pytest.raises(OutgoingError) as caught, deadline(0.3):
        certificate_expiry(Dialer(HERE, pointing_to("127.0.0.1")), "op.example", server.port)
    assert caught.value.code is ErrorCode.TIMEOUT
