"""Draw one sign-in, or sign-ins in general, as a sequence diagram."""

from collections.abc import Sequence

from attempts.drawing.sequence_diagram import Message, SequenceDiagram
from attempts.drawing.steps import IN_GENERAL, LABELS, LABELS_AGAIN
from outgoing.trace import Hop, Party

FILE_WIDTH = 440  # px, of the diagram in docs/


def diagram(
    hops: Sequence[Hop] = IN_GENERAL, title: str = "A sign-in in eight steps"
) -> SequenceDiagram:
    """Return the diagram of one sign-in, or of sign-ins in general."""
    messages = [_message(hop, hops[:index]) for index, hop in enumerate(hops)]
    return SequenceDiagram(title, tuple(map(_name, Party)), tuple(messages))


def diagram_file() -> str:
    """Return `docs/pictures/how-sign-in-works.svg`; `make pictures` writes it."""
    return diagram().file(FILE_WIDTH)


def label_of(hop: Hop) -> str:
    """Return the label of a message, as the first of its kind."""
    return _words(hop, ())[0]


def _message(hop: Hop, before: Sequence[Hop]) -> Message:
    label, note = _words(hop, before)
    if hop.error and not hop.method:  # another response was expected
        label = "response"
    return Message(
        _name(hop.source),
        _name(hop.target),
        label,
        hop.error or note,
        hop.step,
        failed=bool(hop.error),
        milliseconds=hop.milliseconds,
    )


def _name(party: Party) -> str:
    return party.name.title()


def _words(hop: Hop, before: Sequence[Hop]) -> tuple[str, str]:
    """Return label and note of a message. A later message of the same kind has other ones."""
    kind = (hop.step, hop.source, hop.target)
    is_first = kind not in [(other.step, other.source, other.target) for other in before]
    label, note = (LABELS if is_first else LABELS_AGAIN).get(kind, ("", ""))
    if "access_token" in hop.names and "id_token" not in hop.names:
        label = "access token"
    return label or ("request" if hop.method else "response"), note
