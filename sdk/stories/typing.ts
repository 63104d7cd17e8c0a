// Never run: what the compiler must know about the document.
import createClient from "openapi-fetch";
import type { components, paths } from "../schema.js";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1" });

export async function creates(): Promise<string> {
  const { data, error } = await client.POST("/v1/products", {
    body: { source: "own", external_id: "p-1", title: "Luna" },
  });
  if (error !== undefined) return error.title;
  return data.id;
}

export async function lists(): Promise<(string | null)[]> {
  const { data } = await client.GET("/v1/orders", { params: { query: { limit: 5, status: ["open"] } } });
  return data?.items.map((order) => order.number) ?? [];
}

export function narrows(action: components["schemas"]["CaseAction"]): string {
  switch (action.do) {
    case "set_status":
      return action.status;
    case "add_tags":
      return action.tags.join();
    default:
      return action.do;
  }
}

export async function refusesWrongFields(): Promise<void> {
  // @ts-expect-error a member of another type
  await client.POST("/v1/products", { body: { source: "own", external_id: "p-1", title: 5 } });
  // @ts-expect-error a path that does not exist
  await client.GET("/v1/nothing");
  // @ts-expect-error money is text
  const money: components["schemas"]["MoneyAmount"] = { amount: 12.5, currency: "EUR" };
  void money;
}
