// The same story through openapi-fetch.
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "../schema.js";

const base = process.env["BASE_URL"]!;
const client = createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${process.env["API_KEY"]}` } });
const told = JSON.parse(readFileSync(0, "utf8"));
const number: string = told.data.number;

function signed(secret: string, payload: string): Record<string, string> {
  const id = `msg_${randomUUID()}`;
  const at = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mark = createHmac("sha256", key).update(`${id}.${at}.${payload}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": `v1,${mark}` };
}

function must<T>(answer: { data?: T; error?: { title: string; detail: string } }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

told.timestamp = told.data.created_at = must(await client.GET("/v1/sandbox/clock")).now;
const payload = JSON.stringify(told);
const made = must(await client.POST("/v1/connections", { body: { source: "generic" } }));
if (made.secret === null) throw new Error("no secret");
const kept = must(
  await client.POST("/v1/inbound/{connection_id}", {
    params: { path: { connection_id: made.id } },
    headers: { ...signed(made.secret, payload), "Content-Type": "application/octet-stream" },
    body: payload,
    bodySerializer: (body) => body,
  }),
);
if (kept.status !== "accepted") throw new Error(kept.status);
let orders = must(await client.GET("/v1/orders", { params: { query: { number: [number] } } }));
for (let tries = 0; tries < 150 && orders.items.length === 0; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  orders = must(await client.GET("/v1/orders", { params: { query: { number: [number] } } }));
}
const order = orders.items[0];
if (order === undefined) throw new Error("the order did not come");
const again = must(await client.GET("/v1/orders/{order_id}", { params: { path: { order_id: order.id } } }));
must(await client.POST("/v1/sandbox/clock", { body: { advance_by: "P1D" } }));
const said = must(await client.GET("/v1/messages", { params: { query: { order_id: [order.id] } } }));
if (said.items.length === 0) throw new Error("nothing was said");
const refused = await client.GET("/v1/orders/{order_id}", { params: { path: { order_id: `ord_${"0".repeat(26)}` } } });
if (refused.error?.code !== "not_found") throw new Error("nothing refused");
console.log(`typescript: ${again.number} ${again.status} and ${said.items.length} message(s)`);
