// Look-ups by order with node's own fetch: a number a line.
import { createInterface } from "node:readline";

const [baseUrl, id, inFlight] = process.argv.slice(2);
const url = `${baseUrl}/api/v1/mj/record-info?taskId=${id}`;
const headers = { Authorization: "Bearer made-up", "Content-Type": "application/json", Accept: "application/json" };

async function look() {
  const answer = await (await fetch(url, { headers, signal: AbortSignal.timeout(30_000) })).json();
  if (answer.code !== 200 || answer.data.resultInfoJson.resultUrls.length !== 4) throw new Error("another answer");
}

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  let left = Number(line);
  const worker = async () => {
    while (left-- > 0) await look();
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, worker));
  console.log("done");
}
