"""The bytes of an answer are those that protobuf would make."""

from hypothesis import given
from hypothesis import strategies as st

from ext_proc.answering import answer
from ext_proc.reply import Reply
from proto.generated import ext_proc_pb2 as pb

SIZES = st.sampled_from([0, 1, 127, 128, 16383, 16384, 300_000])
REPLIES = st.builds(
    Reply,
    status=st.integers(min_value=100, max_value=599),
    reason=st.sampled_from(["accepted", "not-found", "a-b-c"]),
    headers=st.lists(st.tuples(st.text(min_size=1), st.text())).map(tuple),
    body=st.binary(max_size=64) | SIZES.map(lambda size: b"x" * size),
)


def by_protobuf(reply: Reply) -> bytes:
    """The same answer, made of objects."""
    options = [
        pb.HeaderValueOption(
            header=pb.HeaderValue(key=name, raw_value=value.encode()),
            append_action=pb.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
            keep_empty_value=True,
        )
        for name, value in reply.headers
    ]
    immediate = pb.ImmediateResponse(
        status=pb.HttpStatus(code=reply.status),
        headers=pb.HeaderMutation(set_headers=options),
        body=reply.body,
        details="gw_" + reply.reason.replace("-", "_"),
    )
    return pb.ProcessingResponse(immediate_response=immediate).SerializeToString(deterministic=True)


@given(reply=REPLIES)
def test_an_answer_is_byte_for_byte_protobufs(reply: Reply) -> None:
    """Whatever its status, headers and body, of every length that is written otherwise."""
    assert answer(reply) == by_protobuf(reply)
