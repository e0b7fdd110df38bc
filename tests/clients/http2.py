"""HTTPX by HTTP/2 alone, over one connection: a line of JSON for each answer.

Arguments: the address of a service, and a token.
"""

import json
import sys

import httpx


def main():
    address, token = sys.argv[1:]
    known = {"Authorization": f"Bearer {token}"}
    item = {"name": "lamp", "qty": 2}
    with httpx.Client(base_url=f"http://{address}", http1=False, http2=True, timeout=20) as client:
        for answer in (
            client.get("/ping"),
            client.get("/me"),
            client.get("/me", headers=known),
            client.post("/items", headers=known, json=item),
            client.post("/items", headers=known, json={**item, "qty": 0}),
            client.get("/request", headers={"Cookie": "a=1"}),
            client.put("/uploads", content=b"x" * 190_000),
            client.put("/uploads", content=(b"x" * 1_000 for _ in range(100))),
            client.put("/guarded-uploads", headers=known, content=b"x" * 5_000),
            client.get("/made/stream/2000000"),
            client.get("/slow"),
        ):
            length = len(answer.content)
            text = answer.text if length < 100 else ""
            line = [answer.http_version, answer.status_code, length, text]
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["version"]:
        import h2

        print(httpx.__version__, h2.__version__)
    else:
        main()
