/** Agents of a test cloud that are enrolled and decided on by the API, for the attacks in test/abuse. */
import { newId } from "../../shared/ids.ts";
import { Secret } from "../../shared/secret.ts";
import type { TestCloud } from "./cloud.ts";
import { asUser, testUser } from "./directory-users.ts";
import { enrollFakeAgent, type FakeAgent, type FakeLink } from "./fake-agent.ts";

const TIMEOUT_MS = 5_000;

/** The user whose number the attacks are about. */
export const VICTIM = testUser(3);

export async function enrolAgent(cloud: TestCloud, tenantId: string): Promise<FakeAgent> {
  const path = `/api/v1/tenants/${tenantId}/enrollments`;
  const { body } = await cloud.api<{ token: string }>("POST", path, { name: "dc1" });
  return enrollFakeAgent({ url: cloud.url, token: new Secret(body.token) });
}

export const approveAgent = (
  cloud: TestCloud,
  { tenantId, agentId, fingerprint }: FakeAgent,
  more: { readonly generation?: number } = {},
) =>
  cloud.api<{ state: string; code: string }>(
    "POST",
    `/api/v1/tenants/${tenantId}/agents/${agentId}/approve`,
    {
      fingerprint,
      ...more,
    },
  );

export const revokeAgent = (cloud: TestCloud, { tenantId, agentId }: FakeAgent) =>
  cloud.api("POST", `/api/v1/tenants/${tenantId}/agents/${agentId}/revoke`);

export const showAgent = async (cloud: TestCloud, { tenantId, agentId }: FakeAgent) =>
  (
    await cloud.api<{ state: string; connected: boolean; problem: string | null; decidedBy: string | null }>(
      "GET",
      `/api/v1/tenants/${tenantId}/agents/${agentId}`,
    )
  ).body;

export async function beginRun(link: FakeLink): Promise<{ runId: string; cursor: string | null }> {
  const runId = newId();
  const order = { runId, policy: "delta", trigger: "agent", dryRun: false, user: null } as const;
  const { body } = await link.request("sync.begin", order, ["sync.begun"], TIMEOUT_MS);
  return { runId, cursor: body.cursor };
}

/** Sends the victim with this number. */
export const sendNumber = (link: FakeLink, runId: string, mobile: string) =>
  link.request(
    "sync.batch",
    { runId, sequence: 1, changes: [asUser({ ...VICTIM, mobile })], cursor: null },
    ["sync.ack"],
    TIMEOUT_MS,
  );

/** Makes a whole run that gives the victim this number. */
export async function syncNumber(link: FakeLink, mobile: string, cursor: string): Promise<string> {
  const { runId } = await beginRun(link);
  await sendNumber(link, runId, mobile);
  const end = { runId, sequence: 2, sweep: false, cursor, read: 1 };
  return (await link.request("sync.finish", end, ["sync.finished"], TIMEOUT_MS)).body.state;
}

export async function victimsNumber(cloud: TestCloud, tenantId: string): Promise<string | null> {
  const path = `/api/v1/tenants/${tenantId}/users/${VICTIM.id}`;
  return (await cloud.api<{ user: { mobile: string | null } }>("GET", path)).body.user.mobile;
}
