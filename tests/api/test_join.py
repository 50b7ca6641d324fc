"""Where the links of guests lead."""

import httpx


async def test_the_link_of_a_guest_leads_to_a_page_that_tells_what_to_do(stranger: httpx.AsyncClient) -> None:
    page = await stranger.get("/join")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Authorization: Bearer" in page.text
    assert "ваш личный ключ" in page.text
