import type { Installation } from "../lab/installation.ts";

/** Forces a run through the API and waits for its end. Returns the milliseconds from the request to the end. */
export async function forceSync(installation: Installation, policy: "initial" | "delta"): Promise<number> {
  const base = `/tenants/${installation.tenantId}/sync-runs`;
  const startedAt = performance.now();
  const { status, body } = await installation.api("POST", base, { policy });
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  const { id } = body["run"] as { id: string };
  for (;;) {
    const { body: run } = await installation.api("GET", `${base}/${id}`);
    if (run["state"] === "done") return performance.now() - startedAt;
    if (run["state"] !== "running" && run["state"] !== "requested")
      throw new Error(`the run is ${String(run["state"])}: ${JSON.stringify(run)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
