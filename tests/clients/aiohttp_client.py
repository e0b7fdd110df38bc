"""aiohttp, with one session."""

import asyncio
import sys

import aiohttp

import wire


def arguments(call):
    if call.kind == "json":
        return {"json": call.json()}
    if call.kind == "text":
        return {"data": call.text()}
    if call.kind == "query":
        return {"params": [tuple(call.fields)]}
    if call.kind == "file":
        field, content, name, media_type = call.file()
        form = aiohttp.FormData()
        form.add_field(field, content, filename=name, content_type=media_type)
        return {"data": form}
    return {}


async def main():
    timeout = aiohttp.ClientTimeout(total=20)
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            call = wire.Call(line)
            try:
                more = arguments(call)
                sent = session.request(call.method, call.url(), headers=call.headers, **more)
                async with sent as answer:
                    wire.reply(answer.status, answer.headers, await answer.read())
            except Exception as error:
                wire.fail(error)


if wire.wants_version():
    wire.tell_version(aiohttp)
else:
    asyncio.run(main())
