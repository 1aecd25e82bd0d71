/** Assembles the agent: makes its parts in order, and closes them in the reverse order. */
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { startMetricsServer } from "../shared/metrics-server.ts";
import type { PhoneRegion } from "../shared/phone.ts";
import { LIMITS } from "../shared/protocol/limits.ts";
import { PRODUCT_VERSION } from "../shared/protocol/version.ts";
import { type Closable, CloseStack } from "../shared/shutdown.ts";
import { Accounts } from "./account/accounts.ts";
import type { AgentConfig } from "./config.ts";
import { createDirectory } from "./directory/create-directory.ts";
import type { Directory } from "./directory/directory.ts";
import type { AgentStatus } from "./health/agent-status.ts";
import { certificateDays } from "./health/client-certificates.ts";
import { type DirectoryProbe, startDirectoryProbe } from "./health/directory-probe.ts";
import { type LocalActions, startLocalEndpoint } from "./health/local-endpoint.ts";
import { createAgentMetrics } from "./health/metrics.ts";
import { observeDirectory } from "./health/observe-directory.ts";
import { openIdentity } from "./identity/identity.ts";
import { nameMemoryIn } from "./identity/name-memory.ts";
import { startSealingKeys } from "./identity/sealing-keys.ts";
import { openStateDirectory } from "./identity/state-directory.ts";
import type { Link, ReadyFacts } from "./link/link.ts";
import { startLink } from "./link/supervisor.ts";
import { openPasswordLists } from "./password-lists/password-lists.ts";
import { mapEntry } from "./sync/map-entry.ts";
import { PUSH_OFF, PushListener } from "./sync/push-listener.ts";
import { runSync } from "./sync/run-sync.ts";
import { startSchedule } from "./sync/schedule.ts";
import { SyncRunner } from "./sync/sync-runner.ts";
import type { CrashPoints } from "./writeback/crash-points.ts";
import { startWriteback } from "./writeback/writeback.ts";

export interface AgentDeps {
  readonly log: Logger;
  readonly clock: Clock;
  /** `$CREDENTIALS_DIRECTORY` of systemd, where there is one. */
  readonly credentialsDirectory?: string | undefined;
  readonly crash?: CrashPoints | undefined;
}

export interface AgentHandle extends Closable {
  /** Path of the unix socket or named pipe. */
  readonly localEndpoint: string;
  /** Null when config.metrics.listen is not set. */
  readonly metricsUrl: string | null;
  status(): AgentStatus;
}

/**
 * Starts even when the directory, the cloud or both are down, and keeps trying. Throws AGENT_NOT_ENROLLED,
 * STATE_UNREADABLE, AGENT_ALREADY_RUNNING, and then leaves nothing open.
 */
export async function startAgent(config: AgentConfig, deps: AgentDeps): Promise<AgentHandle> {
  const open = new CloseStack();
  try {
    return await assemble(config, deps, open);
  } catch (error) {
    await open.close();
    throw error;
  }
}

async function assemble(config: AgentConfig, deps: AgentDeps, open: CloseStack): Promise<AgentHandle> {
  const { clock } = deps;
  const startedAt = clock.now();
  const state = await openStateDirectory(config.stateDirectory, {
    credentialsDirectory: deps.credentialsDirectory,
  });
  // The local endpoint is opened first, because it is the lock that keeps a second agent out of this state directory.
  // Until then another process may still be changing the identity, for example its generation, so nothing of it may be
  // read.
  let actions: LocalActions | undefined = undefined;
  const endpoint = open.add(
    await startLocalEndpoint({
      stateDirectory: config.stateDirectory,
      actions: () => {
        if (actions === undefined) throw new AppError("AGENT_NOT_RUNNING", "The agent is still starting.");
        return actions;
      },
      log: deps.log,
    }),
  );
  const identity = await openIdentity(state);
  const log = deps.log.child({ agentId: identity.agentId });

  const metrics = createAgentMetrics(() => status());
  const directory = observeDirectory(
    open.add(
      await createDirectory({
        config: config.directory,
        attributes: config.attributes,
        protectedGroups: config.writeback.protectedGroups,
        deny: config.writeback.deny,
        memory: nameMemoryIn(state),
        log,
        clock,
      }),
    ),
    clock,
    metrics.directoryAnswered,
  );

  // The link is created last, because it calls writeback and sync, which answer through it. It is declared here, because the
  // directory may answer the probe before then.
  let link: Link | undefined = undefined;
  const probe = open.add(
    startDirectoryProbe({ directory, onStated: () => link?.announceDirectory(), clock, log }),
  );
  const sealingKeys = open.add(await startSealingKeys({ state, identity, log, clock }));

  const linkNow = (): Link => {
    if (link === undefined) throw new AppError("LINK_CLOSED", "The agent is still starting.");
    return link;
  };
  const cloud: Pick<Link, "request" | "send"> = {
    request: async (type, body, expected, timeoutMs) => linkNow().request(type, body, expected, timeoutMs),
    send: (type, body, answers) => linkNow().send(type, body, answers),
  };
  const passwordLists = open.add(await openPasswordLists(config.writeback, log));
  const writeback = await startWriteback({
    config: config.writeback,
    directory,
    link: {
      request: cloud.request,
      send: (type, body) => void cloud.send<"job.nack" | "job.outcome">(type, body),
    },
    identity,
    sealingKeys,
    passwordLists,
    stateDirectory: config.stateDirectory,
    graceMs: config.directory.graceMs,
    onVerdict: (verdict) => metrics.verdictGiven(verdict),
    log,
    clock,
    ...(deps.crash === undefined ? {} : { crash: deps.crash }),
  });
  const runner = new SyncRunner({
    run: (order, onProgress, signal) =>
      runSync(order, { directory, link: cloud, mapEntry: mapper(config), clock, log, onProgress }, signal),
    isLinkReady: () => link !== undefined && isUp(link.state.phase),
    startsByItself: config.sync.schedule !== "off",
    log,
    onResult: (result) => metrics.syncEnded(result),
  });
  const accounts = new Accounts({
    config,
    directory,
    identity,
    sealingKeys,
    log,
    clock,
    isApproved: () => link?.state.approved === true,
  });
  // The cloud gives no work before it knows which directory the agent serves, so the first connection tells it if it can.
  await probe.untilChecked(FIRST_CHECK_MS);
  const startedLink = open.add(
    startLink({
      config: config.cloud,
      identity,
      sealingKeys,
      handlers: {
        jobOffer: ({ job }) => writeback.offer(job),
        jobAck: (ack) => writeback.ack(ack),
        // eslint-disable-next-line @typescript-eslint/require-await -- so that what it throws becomes the answer
        syncRequest: async (body) => runner.requested(body),
        accountLook: (body) => accounts.look(body),
        accountSignIn: (body) => accounts.signIn(body),
        directoryStated: () => runner.linkReady(),
        ready: () => {
          writeback.linkReady();
          // Without a stated directory the cloud takes no run yet; `directoryStated` follows.
          if (probe.stated !== null) runner.linkReady();
        },
      },
      readyFacts: () => readyFacts(config, directory, probe, writeback.pendingOutcomes),
      log,
      clock,
    }),
  );
  link = startedLink;
  open.add(accounts);
  open.add(writeback); // closed before the link, because it reports the results of its granted jobs over the link
  open.add(runner);

  const metricsServer =
    config.metrics.listen === undefined
      ? null
      : open.add(
          await startMetricsServer({
            listen: config.metrics.listen,
            registry: metrics.registry,
            unreadyReasons: () => unreadyReasons(status()),
          }),
        );
  open.add(startSchedule(config.sync.schedule, () => runner.tick(), log));
  const push =
    config.sync.push === "off" || config.sync.schedule === "off"
      ? null
      : open.add(PushListener.start({ directory, runDelta: () => runner.notified(), clock, log }));

  actions = {
    status,
    sync: (request) => runner.force(request),
    releaseBrake: () => writeback.releaseBrake(),
  };

  function status(): AgentStatus {
    return {
      version: PRODUCT_VERSION,
      agentId: identity.agentId,
      tenantId: identity.tenantId,
      fingerprint: identity.fingerprint,
      generation: identity.generation,
      hostName: config.hostName,
      cloudUrl: config.cloud.url,
      startedAt,
      link: startedLink.state,
      directory: {
        dialect: directory.server === null ? null : directory.dialect,
        server: directory.server,
        healthy: probe.healthy,
        checkedAt: probe.checkedAt,
        error: probe.error && { code: probe.error.code, message: probe.error.message },
        certificates: certificateDays(config.directory, clock.now()),
      },
      sync: { schedule: config.sync.schedule, ...runner.status, push: push?.status ?? PUSH_OFF },
      writeback: writeback.status(),
    };
  }

  log.info("agent.started", {
    version: PRODUCT_VERSION,
    tenantId: identity.tenantId,
    localEndpoint: endpoint.path,
  });
  return {
    localEndpoint: endpoint.path,
    metricsUrl: metricsServer?.url ?? null,
    status,
    close: () => open.close(),
  };
}

/** Longest wait for the directory before the agent connects to the cloud, milliseconds. */
const FIRST_CHECK_MS = 2_000;

const isUp = (phase: AgentStatus["link"]["phase"]): boolean => phase === "ready" || phase === "draining";

function mapper(config: AgentConfig) {
  const regions = new Map<string, PhoneRegion>();
  for (const { dn, phoneRegion } of config.directory.bases)
    if (phoneRegion !== undefined) regions.set(dn, phoneRegion);
  return (entry: Parameters<typeof mapEntry>[0]) =>
    mapEntry(entry, {
      attributes: config.attributes,
      regionOf: (base) => regions.get(base) ?? config.sync.phoneRegion,
    });
}

function readyFacts(
  { writeback }: AgentConfig,
  { dialect, server }: Pick<Directory, "dialect" | "server">,
  { healthy, stated }: Pick<DirectoryProbe, "healthy" | "stated">,
  pendingOutcomes: number,
): ReadyFacts {
  return {
    version: PRODUCT_VERSION,
    credits: writeback.enabled ? LIMITS.jobCredits : 0,
    writebackEnabled: writeback.enabled,
    pendingOutcomes,
    directory: { dialect: server === null ? null : dialect, server, healthy, stated },
  };
}

function unreadyReasons({ link, directory }: AgentStatus): string[] {
  const reasons: string[] = [];
  if (!isUp(link.phase)) reasons.push(`link: ${link.lastError?.code ?? link.phase}`);
  if (!directory.healthy) reasons.push(`directory: ${directory.error?.code ?? "not checked yet"}`);
  return reasons;
}
