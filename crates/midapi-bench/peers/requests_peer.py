"""Requests with the library requests: reads numbers from standard input, one per line, and sends that many for each.

Each request in flight has a thread of its own.
"""
import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

BASE_URL, ID, IN_FLIGHT = sys.argv[1], sys.argv[2], int(sys.argv[3])
HEADERS = {"Authorization": "Bearer example-key", "Content-Type": "application/json", "Accept": "application/json"}
LOCAL = threading.local()


def work(numbers, count):
    if not hasattr(LOCAL, "session"):
        LOCAL.session = requests.Session()
        LOCAL.session.trust_env = False
    while next(numbers) < count:
        url = BASE_URL + "/api/v1/mj/record-info"
        body = LOCAL.session.get(url, params={"taskId": ID}, headers=HEADERS, timeout=30).json()
        assert body["code"] == 200 and len(body["data"]["resultInfoJson"]["resultUrls"]) == 4


pool = ThreadPoolExecutor(IN_FLIGHT)
print("ready", flush=True)
for line in sys.stdin:
    numbers = itertools.count()
    for worker in [pool.submit(work, numbers, int(line)) for _ in range(IN_FLIGHT)]:
        worker.result()
    print("done", flush=True)
