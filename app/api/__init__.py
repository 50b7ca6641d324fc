"""The HTTP face: routes translate, and every one of them is private unless it says otherwise."""
