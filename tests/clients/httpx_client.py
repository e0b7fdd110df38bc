"""HTTPX, with one client."""

import sys

import httpx

import wire


def arguments(call):
    if call.kind == "json":
        return {"json": call.json()}
    if call.kind == "text":
        return {"content": call.text()}
    if call.kind == "query":
        return {"params": [tuple(call.fields)]}
    if call.kind == "file":
        field, content, name, media_type = call.file()
        return {"files": {field: (name, content, media_type)}}
    return {}


def main():
    with httpx.Client(timeout=20) as client:
        for line in sys.stdin:
            call = wire.Call(line)
            try:
                more = arguments(call)
                answer = client.request(call.method, call.url(), headers=call.headers, **more)
                wire.reply(answer.status_code, answer.headers, answer.content)
            except Exception as error:
                wire.fail(error)


if wire.wants_version():
    wire.tell_version(httpx)
else:
    main()
