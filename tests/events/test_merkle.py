"""The bytes and trees of seals, against values derived by other means."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events import merkle

# The inputs and roots of the test vectors of Certificate Transparency (RFC 6962): MerkleTreeTest in its reference code.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def hashed(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashed(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashed(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:]))


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [hashed(b"\x00" + bytes.fromhex(data)) for data in LEAVES[:size]]
    assert merkle.root(leaves).hex() == ROOTS[size]


@given(st.integers(0, 300))
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_the_definition(size: int) -> None:
    leaves = [hashed(b"%d" % number) for number in range(size)]
    assert merkle.root(leaves) == by_definition(leaves)


def test_a_row_is_written_as_the_documentation_says() -> None:
    assert merkle.encode(("call", None, "é")) == "4:call,-,2:é,".encode()


@given(st.lists(st.none() | st.text()), st.lists(st.none() | st.text()))
def test_different_rows_give_different_bytes(one: list[str | None], other: list[str | None]) -> None:
    assert (merkle.encode(one) == merkle.encode(other)) == (one == other)


def test_a_leaf_a_node_and_a_seal_of_the_same_bytes_differ() -> None:
    row = ("x" * 32, "y" * 32)
    assert len({merkle.leaf(row), merkle.chained(row), hashed(b"\x01" + merkle.encode(row))}) == 3
