"""Look-ups by order with requests, a thread for each that is under way: a number a line."""
import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

BASE_URL, ID, IN_FLIGHT = sys.argv[1], sys.argv[2], int(sys.argv[3])
HEADERS = {"Authorization": "Bearer made-up", "Content-Type": "application/json", "Accept": "application/json"}
OWN = threading.local()


def work(numbers, looks):
    if not hasattr(OWN, "session"):
        OWN.session = requests.Session()
        OWN.session.trust_env = False
    while next(numbers) < looks:
        url = BASE_URL + "/api/v1/mj/record-info"
        answer = OWN.session.get(url, params={"taskId": ID}, headers=HEADERS, timeout=30).json()
        assert answer["code"] == 200 and len(answer["data"]["resultInfoJson"]["resultUrls"]) == 4


pool = ThreadPoolExecutor(IN_FLIGHT)
print("ready", flush=True)
for line in sys.stdin:
    numbers = itertools.count()
    for worker in [pool.submit(work, numbers, int(line)) for _ in range(IN_FLIGHT)]:
        worker.result()
    print("done", flush=True)
