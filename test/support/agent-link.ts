/** Enrols an agent's identity and opens its link at a gateway node, with handlers that record what arrives. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentConfig } from "../../agent/config.ts";
import { enroll } from "../../agent/identity/enroll.ts";
import { type Identity, openIdentity } from "../../agent/identity/identity.ts";
import { startSealingKeys } from "../../agent/identity/sealing-keys.ts";
import { openStateDirectory, type StateDirectory } from "../../agent/identity/state-directory.ts";
import type { Link, LinkHandlers } from "../../agent/link/link.ts";
import type { LinkTimings } from "../../agent/link/link-timings.ts";
import { startLink } from "../../agent/link/supervisor.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { type Logger, silentLogger } from "../../shared/logger.ts";
import type { Secret } from "../../shared/secret.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { type GatewayNode, newTenantId } from "./gateway-node.ts";
import { statedDirectory } from "./stated-directory.ts";

/** Timings that reconnect almost at once. */
const QUICK: Partial<LinkTimings> = {
  minimumBackoffMs: 5,
  maximumBackoffMs: 50,
  minimumRefusedMs: 20,
  maximumRefusedMs: 40,
};

export async function temporaryState(): Promise<StateDirectory & { remove(name?: string): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "latchkey-state-"));
  const state = await openStateDirectory(path);
  return {
    ...state,
    remove: (name) => (name === undefined ? rm(path, { recursive: true, force: true }) : state.remove(name)),
  };
}

export interface AgentLinkOptions {
  /** The cloud's address for the agent, when it differs from the node's own. */
  readonly cloud?: Partial<AgentConfig["cloud"]>;
  readonly approved?: boolean;
  /** A new tenant when left out. */
  readonly tenantId?: string;
  readonly timings?: Partial<LinkTimings>;
  readonly handlers?: Partial<LinkHandlers>;
  readonly log?: Logger;
  readonly clock?: Clock;
}

export interface AgentLink {
  readonly link: Link;
  readonly identity: Identity;
  readonly state: StateDirectory;
  readonly sealingKeys: Awaited<ReturnType<typeof startSealingKeys>>;
  /** Kind and body of each frame that reached the handlers. */
  readonly handled: { readonly kind: string; readonly body: unknown }[];
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** What a link needs of the cloud: a gateway node, or a whole cloud behind its API. */
interface LinkedNode {
  readonly url: string;
  newToken(tenantId: string): Promise<Secret>;
  readonly agentApproval: Pick<GatewayNode["agentApproval"], "approve">;
}

export async function startAgentLink(node: LinkedNode, options: AgentLinkOptions = {}): Promise<AgentLink> {
  const open = new CloseStack();
  try {
    return await start(node, options, open);
  } catch (error) {
    await open.close();
    throw error;
  }
}

async function start(node: LinkedNode, options: AgentLinkOptions, open: CloseStack): Promise<AgentLink> {
  const { approved = true, timings = {}, log = silentLogger, clock = systemClock } = options;
  const state = await temporaryState();
  open.defer(() => state.remove());
  const tenantId = options.tenantId ?? newTenantId();
  const config = { url: node.url, ...options.cloud };
  const token = await node.newToken(tenantId);
  const enrolled = await enroll({
    config,
    state,
    hostName: "host-1",
    directory: statedDirectory(),
    token,
    log,
    clock,
  });
  if (approved)
    await node.agentApproval.approve(tenantId, enrolled.agentId, {
      fingerprint: enrolled.fingerprint,
      by: "system",
    });

  const identity = await openIdentity(state);
  const sealingKeys = open.add(await startSealingKeys({ state, identity, log, clock }));
  const handled: { kind: string; body: unknown }[] = [];
  const link = open.add(
    startLink({
      config,
      identity,
      sealingKeys,
      handlers: {
        jobOffer: (body) => handled.push({ kind: "job.offer", body }),
        jobAck: (body) => handled.push({ kind: "job.ack", body }),
        syncRequest(body) {
          handled.push({ kind: "sync.request", body });
          return Promise.resolve();
        },
        accountLook: () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE")),
        accountSignIn: () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE")),
        directoryStated: () => handled.push({ kind: "directory.stated", body: null }),
        ready: (body) => handled.push({ kind: "ready", body }),
        ...options.handlers,
      },
      readyFacts: () => ({
        version: "1.2.3",
        credits: 4,
        writebackEnabled: true,
        pendingOutcomes: 0,
        directory: {
          dialect: "openldap",
          server: "ldap.example.com",
          healthy: true,
          stated: statedDirectory(),
        },
      }),
      log,
      clock,
      timings: { ...QUICK, ...timings },
    }),
  );
  return {
    link,
    identity,
    state,
    sealingKeys,
    handled,
    ready: () => link.waitUntilReady(AbortSignal.timeout(10_000)),
    close: () => open.close(),
  };
}
