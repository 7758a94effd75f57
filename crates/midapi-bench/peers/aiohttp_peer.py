"""Requests with aiohttp: reads numbers from standard input, one per line, and sends that many requests for each."""
import asyncio
import itertools
import sys

import aiohttp

BASE_URL, ID, IN_FLIGHT = sys.argv[1], sys.argv[2], int(sys.argv[3])
HEADERS = {"Authorization": "Bearer example-key", "Content-Type": "application/json", "Accept": "application/json"}


async def main():
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=HEADERS) as session:

        async def work(numbers, count):
            while next(numbers) < count:
                async with session.get(BASE_URL + "/api/v1/mj/record-info", params={"taskId": ID}) as response:
                    body = await response.json()
                assert body["code"] == 200 and len(body["data"]["resultInfoJson"]["resultUrls"]) == 4

        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            numbers = itertools.count()
            await asyncio.gather(*(work(numbers, int(line)) for _ in range(IN_FLIGHT)))
            print("done", flush=True)


asyncio.run(main())
