// Requests with the fetch of node: reads numbers from standard input, one per line, and sends that many requests for each.
import { createInterface } from "node:readline";

const [baseUrl, id, inFlight] = process.argv.slice(2);
const url = `${baseUrl}/api/v1/mj/record-info?taskId=${id}`;
const headers = { Authorization: "Bearer example-key", "Content-Type": "application/json", Accept: "application/json" };

async function get() {
  const body = await (await fetch(url, { headers, signal: AbortSignal.timeout(30_000) })).json();
  if (body.code !== 200 || body.data.resultInfoJson.resultUrls.length !== 4) throw new Error("unexpected response");
}

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  let remaining = Number(line);
  const worker = async () => {
    while (remaining-- > 0) await get();
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, worker));
  console.log("done");
}
