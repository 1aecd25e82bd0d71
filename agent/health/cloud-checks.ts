/** The cloud's part of `doctor`, from the cloud's name to this agent's approval. Each check builds on the one before. */
import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { connect, isIP } from "node:net";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/durations.ts";
import { AppError, ERRORS, toAppError } from "../../shared/errors.ts";
import { AGENT_PATH } from "../../shared/protocol/version.ts";
import { challengeResponseSchema } from "../../shared/sealing/enrollment.ts";
import { noticeProxyRefusal, postToCloud, readRequestOptions, translateNetworkError } from "../cloud-http.ts";
import type { AgentConfig } from "../config.ts";
import type { Check } from "../directory/directory.ts";
import type { Identity } from "../identity/identity.ts";
import type { AgentStatus } from "./agent-status.ts";

export interface CloudChecksOptions {
  readonly config: AgentConfig["cloud"];
  /** Null when this host has none or it cannot be opened; `identityError` then has the reason. */
  readonly identity: Pick<Identity, "agentId" | "tenantId" | "fingerprint"> | null;
  readonly identityError: AppError | null;
  /** Status of the agent that runs on this host; null when none runs. */
  readonly running: Pick<AgentStatus, "link"> | null;
  /** Connects as the agent and hangs up. Not called while an agent runs, since it would end that agent's connection. */
  readonly tryConnect: () => Promise<{ readonly approved: boolean }>;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

const MAX_SKEW_MS = 5 * MINUTE_MS;
const RENEW_WITHIN_DAYS = 14;

const pass = (name: string, detail: string): Check => ({ name, status: "pass", detail, action: null });
const skip = (name: string, detail: string): Check => ({ name, status: "skip", detail, action: null });
const fail = (name: string, error: unknown): Check => {
  const { code, message, info } = toAppError(error);
  return { name, status: "fail", detail: `${code}: ${message}`, action: info.fix };
};

export async function* checkCloud(options: CloudChecksOptions): AsyncGenerator<Check, void, undefined> {
  const { config, identity, identityError } = options;
  const timeoutMs = options.timeoutMs ?? 10_000;
  const url = new URL(config.url);

  yield identity === null
    ? fail("identity", identityError ?? new AppError("AGENT_NOT_ENROLLED"))
    : pass(
        "identity",
        `agent ${identity.agentId} of ${identity.tenantId}, fingerprint ${identity.fingerprint}`,
      );

  const name = await checkName(config.proxy === undefined ? url : new URL(config.proxy));
  yield name;
  const proxy = await checkProxy(config.proxy, name, timeoutMs);
  yield proxy;
  if (name.status === "fail" || proxy.status === "fail") {
    for (const later of ["cloud TLS", "cloud", "clock", "link", "approval"])
      yield skip(later, `needs "${name.status === "fail" ? name.name : proxy.name}"`);
    return;
  }

  const { tls, date } = await checkTls(config, timeoutMs);
  yield tls;
  if (tls.status === "fail") {
    for (const later of ["cloud", "clock", "link", "approval"]) yield skip(later, `needs "${tls.name}"`);
    return;
  }

  const { challenge, skewMs } = await askForChallenge(options, timeoutMs);
  yield challenge;
  yield checkClock(skewMs ?? (date === null ? null : date - options.clock.now()));
  yield* checkLink(options, challenge);
}

async function checkName({ hostname }: URL): Promise<Check> {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return skip("DNS", `${host} is an IP address`);
  try {
    const addresses = await lookup(host, { all: true });
    return pass("DNS", `${host} resolves to ${addresses.map(({ address }) => address).join(", ")}`);
  } catch (error) {
    return fail(
      "DNS",
      new AppError("CLOUD_UNREACHABLE", `The name ${host} cannot be resolved.`, { cause: error }),
    );
  }
}

async function checkProxy(proxy: string | undefined, name: Check, timeoutMs: number): Promise<Check> {
  if (proxy === undefined) return skip("proxy", "no proxy is configured");
  if (name.status === "fail") return skip("proxy", "its name cannot be resolved");
  const { hostname, port, protocol } = new URL(proxy);
  const number = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  const isOpen = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: number, timeout: timeoutMs });
    const end = (result: boolean) => () => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
  return isOpen
    ? pass("proxy", `${hostname}:${number} accepts connections`)
    : fail("proxy", new AppError("PROXY_REFUSED", `The proxy ${hostname}:${number} does not answer.`));
}

async function checkTls(
  config: AgentConfig["cloud"],
  timeoutMs: number,
): Promise<{ tls: Check; date: number | null }> {
  const url = new URL(config.url);
  try {
    const response = await head(url, config, timeoutMs);
    const date = Date.parse(response.headers.date ?? "");
    const { socket } = response;
    const tls =
      socket instanceof TLSSocket
        ? describeCertificate(socket)
        : skip("cloud TLS", "the cloud is on this host and uses http");
    return { tls, date: Number.isNaN(date) ? null : date };
  } catch (error) {
    return { tls: fail("cloud TLS", error), date: null };
  }
}

function describeCertificate(socket: TLSSocket): Check {
  const { issuer, valid_to: validTo } = socket.getPeerCertificate();
  const endsAt = Date.parse(validTo);
  const [issuerName] = [issuer.CN, issuer.O].flat().filter((text) => text !== undefined);
  const days = Math.floor((endsAt - Date.now()) / DAY_MS);
  const detail = `${socket.getProtocol() ?? "TLS"}, certificate by ${issuerName ?? "an unnamed issuer"}, expires in ${days} days`;
  const isSoon = days < RENEW_WITHIN_DAYS;
  return pass("cloud TLS", isSoon ? `${detail}: have it renewed` : detail);
}

/**
 * Accepts any answer, because only the network path to the cloud is checked. Uses a new connection, as a resumed TLS
 * session shows no certificate.
 */
async function head(url: URL, config: AgentConfig["cloud"], timeoutMs: number): Promise<IncomingMessage> {
  const requestOptions = readRequestOptions(config);
  const fresh = url.protocol === "https:" ? { agent: new HttpsAgent({ maxCachedSessions: 0 }) } : {};
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown): void => reject(translateNetworkError(error, url));
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(
      url,
      { ...fresh, ...requestOptions, method: "HEAD", signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        response.resume();
        resolve(response);
      },
    );
    noticeProxyRefusal(request, refuse);
    request.once("error", refuse);
    request.end();
  });
}

async function askForChallenge(
  { config, identity, clock }: CloudChecksOptions,
  timeoutMs: number,
): Promise<{ challenge: Check; skewMs: number | null }> {
  if (identity === null) return { challenge: skip("cloud", "needs an identity"), skewMs: null };
  const { tenantId, agentId } = identity;
  const askedAt = clock.now();
  try {
    const answer = await postToCloud(
      readRequestOptions(config),
      new URL(`${AGENT_PATH}/challenge`, config.url),
      { tenantId, agentId },
      challengeResponseSchema,
      AbortSignal.timeout(timeoutMs),
    );
    const roundTripMs = clock.now() - askedAt;
    return {
      challenge: pass("cloud", `node ${answer.node} answered in ${Math.round(roundTripMs)} ms`),
      skewMs: answer.serverTime - (askedAt + roundTripMs / 2),
    };
  } catch (error) {
    return { challenge: fail("cloud", error), skewMs: null };
  }
}

function checkClock(skewMs: number | null): Check {
  if (skewMs === null) return skip("clock", "the cloud did not tell its time");
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  const detail = `${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} the cloud`;
  return Math.abs(skewMs) <= MAX_SKEW_MS
    ? pass("clock", detail)
    : { name: "clock", status: "fail", detail, action: "Let this host's clock follow an NTP server." };
}

async function* checkLink(
  { identity, running, tryConnect }: CloudChecksOptions,
  challenge: Check,
): AsyncGenerator<Check, void, undefined> {
  const closed = (reason: string) => [skip("link", reason), skip("approval", reason)];
  if (identity === null || challenge.status === "fail") {
    yield* closed(identity === null ? "needs an identity" : "the cloud does not answer");
    return;
  }
  let approved: boolean | null;
  if (running === null) {
    try {
      ({ approved } = await tryConnect());
    } catch (error) {
      yield fail("link", error);
      yield skip("approval", "the cloud did not accept the agent");
      return;
    }
    yield pass("link", "the cloud accepts this agent; no agent is running on this host now");
  } else {
    const { phase, lastError } = running.link;
    ({ approved } = running.link);
    if (phase !== "ready" && phase !== "draining") {
      const error =
        lastError === null ? new AppError("LINK_CLOSED") : new AppError(lastError.code, lastError.message);
      yield fail("link", error);
      yield skip("approval", "the running agent is not connected");
      return;
    }
    yield pass("link", "the running agent is connected");
  }
  yield approved === true
    ? pass("approval", "approved for writeback")
    : {
        name: "approval",
        status: "fail",
        detail: ERRORS.AGENT_NOT_APPROVED.meaning,
        action: `Compare the fingerprint and run: latchkey agent approve ${identity.agentId} --fingerprint ${identity.fingerprint}`,
      };
}
