"""What a seal is made of: bytes that anyone can derive again from the rows of the journal.

A row is the text of its columns in a fixed order. Each column is written as the length of its UTF-8 bytes in decimal,
a colon, those bytes and a comma; NULL is `-,`. So `("call", None, "é")` is `4:call,-,2:é,`.

The columns of an event are, in this order, `EVENT_COLUMNS`:

* ids in lower case with hyphens, as PostgreSQL prints a uuid;
* `occurred_at` as the seconds since 1970-01-01 00:00 UTC with six decimals, as `extract(epoch FROM occurred_at)`;
* `before` and `after` as PostgreSQL prints a jsonb: keys ordered by their length in bytes and then bytewise, `", "`
  and `": "` between them, numbers in plain decimal notation with every digit they are stored with. (Numbers that a
  parser has read would not do: a change beyond the precision of a double would go unseen.)

The columns of a seal are `SEAL_COLUMNS`, written in the same way; its roots as lower-case hexadecimal digits.

    leaf         = SHA-256(0x00 || event)
    node         = SHA-256(0x01 || left || right)
    chained_root = SHA-256(0x02 || seal)

`root` is the Merkle tree hash of RFC 6962, section 2.1, over the leaves of the batch in their sealed order, and
`previous_root` the chained root of the batch before, 32 zero bytes for the first.
"""

import hashlib
from collections.abc import Iterable, Sequence

EVENT_COLUMNS = (
    "tenant_id",
    "id",
    "type",
    "occurred_at",
    "actor_kind",
    "actor_id",
    "request_id",
    "subject_type",
    "subject_id",
    "before",
    "after",
)
SEAL_COLUMNS = ("tenant_id", "id", "number", "sealed_at", "events", "root", "previous_root")

# What the first batch is chained to.
NO_ROOT = bytes(32)


def encode(columns: Sequence[str | None]) -> bytes:
    """A row as bytes; two rows give the same bytes only if they are the same."""
    return b"".join(b"-," if column is None else _counted(column.encode()) for column in columns)


def _counted(data: bytes) -> bytes:
    return b"%d:%b," % (len(data), data)


def leaf(event: Sequence[str | None]) -> bytes:
    """The digest of an event, given the text of its `EVENT_COLUMNS`."""
    return hashlib.sha256(b"\x00" + encode(event)).digest()


def chained(seal: Sequence[str | None]) -> bytes:
    """The digest of a seal, given the text of its `SEAL_COLUMNS`; through `previous_root` it covers all before it."""
    return hashlib.sha256(b"\x02" + encode(seal)).digest()


class Tree:
    """The Merkle tree of leaves that come one by one; it keeps the roots of its full subtrees, log2(leaves) of them."""

    def __init__(self) -> None:
        self.leaves = 0
        self._subtrees: list[bytes] = []

    def add(self, digest: bytes) -> None:
        """Add a leaf and join it with the subtrees that it completes: one for each trailing 1 of the count so far."""
        carried = self.leaves
        while carried & 1:
            digest = _node(self._subtrees.pop(), digest)
            carried >>= 1
        self._subtrees.append(digest)
        self.leaves += 1

    def root(self) -> bytes:
        """The root over the leaves so far; over none, the digest of nothing."""
        if not self._subtrees:
            return hashlib.sha256().digest()
        root = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            root = _node(subtree, root)
        return root


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over all leaves at once."""
    tree = Tree()
    for digest in leaves:
        tree.add(digest)
    return tree.root()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
