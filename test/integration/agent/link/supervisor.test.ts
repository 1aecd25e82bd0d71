import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { enroll } from "../../../../agent/identity/enroll.ts";
import { openIdentity } from "../../../../agent/identity/identity.ts";
import { startLink } from "../../../../agent/link/supervisor.ts";
import { freePort } from "../../../../lab/free-port.ts";
import { createAuthority } from "../../../../lab/tls.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { FIRST_RECEIPT } from "../../../../shared/sealing/receipt.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";
import { type AgentLink, startAgentLink, temporaryState } from "../../../support/agent-link.ts";
import { startConnectProxy } from "../../../support/connect-proxy.ts";
import { type GatewayNode, newTenantId, startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { startTcpProxy } from "../../../support/tcp-proxy.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("the agent's link", () => {
  let node: GatewayNode;
  const close: (() => Promise<void>)[] = [];
  const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
    close.push(() => thing.close());
    return thing;
  };
  before(async () => {
    node = await startGatewayNode({ connection: (await sharedRedis()).connection });
  });
  after(() => node.close());
  afterEach(async () => {
    for (const stop of close.splice(0).reverse()) await stop();
  });
  const sessionOf = ({ identity }: AgentLink, on = node) =>
    on.gateway.session(identity.tenantId, identity.agentId);

  describe("enrolment", () => {
    const options = async (token: Secret, url = node.url) => {
      const state = await temporaryState();
      close.push(() => state.remove());
      return {
        config: { url },
        state,
        hostName: "host-1",
        directory: null,
        token,
        log: silentLogger,
        clock: systemClock,
      };
    };

    it("leaves an identity with the cloud's keys pinned", async () => {
      const tenantId = newTenantId();
      const enrollment = await options(await node.newToken(tenantId));

      const enrolled = await enroll(enrollment);

      const identity = await openIdentity(enrollment.state);
      expect(enrolled).to.deep.equal({
        agentId: identity.agentId,
        tenantId,
        fingerprint: identity.fingerprint,
        state: "pending",
      });
      expect(identity).to.include({
        serviceKey: node.serviceKey.publicKey,
        issuerKey: node.issuerKey.publicKey,
        generation: 0,
        cloudUrl: node.url,
      });
      expect(await enrollment.state.read("enrollment.json")).to.equal(null);
      expect((await rejection(enroll(enrollment))).code).to.equal("AGENT_ALREADY_ENROLLED");
    });

    it("gets the same agent after the answer was lost", async () => {
      const tenantId = newTenantId();
      const swallow = opened(await startAnswerSwallower(node.url));
      const enrollment = await options(await node.newToken(tenantId));

      const lost = await rejection(enroll({ ...enrollment, config: { url: swallow.url } }));
      const [made] = await node.agents.list(tenantId);
      const enrolled = await enroll(enrollment);

      expect(lost.code).to.equal("CLOUD_UNREACHABLE");
      expect(enrolled.agentId).to.equal(made?.agentId);
      expect(await node.agents.list(tenantId)).to.have.length(1);
    });

    it("keeps nothing when the cloud is another one than the token's", async () => {
      const { connection } = await sharedRedis();
      const impostor = opened(await startGatewayNode({ connection, serviceKey: generateSigningKey() }));
      const enrollment = await options(await node.newToken(newTenantId()), impostor.url);

      expect((await rejection(enroll(enrollment))).code).to.equal("ENROLLMENT_PIN_MISMATCH");
      expect((await rejection(openIdentity(enrollment.state))).code).to.equal("AGENT_NOT_ENROLLED");
    });

    it("says what is wrong with the token, the address, the network", async () => {
      const token = await node.newToken(newTenantId());
      const attempts = [
        [await options(new Secret("lk1.nonsense")), "ENROLLMENT_TOKEN_INVALID"],
        [await options(token, `http://127.0.0.1:${await freePort()}`), "CLOUD_UNREACHABLE"],
        [await options(token, node.url.replace("http", "https")), "CLOUD_UNREACHABLE"],
      ] as const;
      for (const [enrollment, code] of attempts)
        expect((await rejection(enroll(enrollment))).code).to.equal(code);
    });
  });

  it("becomes ready and passes frames both ways", async () => {
    const agent = opened(await startAgentLink(node));
    await agent.ready();
    const session = await waitFor("the session", () => sessionOf(agent));
    await waitFor("it to be ready", () => session.credits === 4);
    const runId = newId();

    const begun = await agent.link.request(
      "sync.begin",
      { runId, policy: "delta", trigger: "agent", dryRun: false, user: null },
      ["sync.begun"],
      5000,
    );
    const answer = await session.request(
      "sync.request",
      { runId, policy: "delta", dryRun: false, user: null },
      ["ack"],
      5000,
    );
    session.send("job.ack", { jobId: runId, receipt: FIRST_RECEIPT });
    await waitFor("the ack", () => agent.handled.some(({ kind }) => kind === "job.ack"));

    expect(begun.body.runId).to.equal(runId);
    expect(answer.type).to.equal("ack");
    expect(agent.handled.map(({ kind }) => kind)).to.deep.equal(["ready", "sync.request", "job.ack"]);
    expect(agent.link.state).to.include({ phase: "ready", approved: true, node: node.node, lastError: null });
    expect(agent.identity.generation).to.equal(1);
    expect((await openIdentity(agent.state)).generation).to.equal(1);
    expect(session.version).to.equal("1.2.3");
  });

  it("answers a refused sync request with its code, and survives a broken handler", async () => {
    const agent = opened(
      await startAgentLink(node, {
        handlers: {
          syncRequest: () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE", "dc1 is away")),
          jobAck: () => {
            throw new Error("a fault of ours");
          },
        },
      }),
    );
    await agent.ready();
    const session = await waitFor("the session", () => sessionOf(agent));
    session.send("job.ack", { jobId: newId(), receipt: FIRST_RECEIPT });

    const error = await rejection(
      session.request(
        "sync.request",
        { runId: newId(), policy: "delta", dryRun: false, user: null },
        ["ack"],
        5000,
      ),
    );

    expect([error.code, error.message]).to.deep.equal(["DIRECTORY_UNAVAILABLE", "dc1 is away"]);
    expect(agent.link.state.phase).to.equal("ready");
  });

  it("learns of its approval while it is connected", async () => {
    const agent = opened(await startAgentLink(node, { approved: false }));
    await agent.ready();
    expect(agent.link.state.approved).to.equal(false);
    const { tenantId, agentId, fingerprint } = agent.identity;

    await node.agentApproval.approve(tenantId, agentId, { fingerprint, by: "system" });

    await waitFor("the approval", () => agent.link.state.approved);
  });

  it("fails what waits when the link is cut, and connects again", async () => {
    const proxy = opened(await startTcpProxy(node.port));
    const agent = opened(await startAgentLink(node, { cloud: { url: `http://127.0.0.1:${proxy.port}` } }));
    await agent.ready();
    proxy.delay(10_000);
    const waiting = rejection(
      agent.link.request("job.claim", { jobId: newId(), mark: null }, ["job.deny"], 5000),
    );
    proxy.delay(0);
    proxy.resetAll();

    expect((await waiting).code).to.equal("LINK_CLOSED");
    await waitFor("the second connection", () => agent.identity.generation === 2);
    await agent.ready();
    expect(agent.handled.filter(({ kind }) => kind === "ready")).to.have.length(2);
  });

  it("throws LINK_CLOSED at once while it is not connected", async () => {
    const agent = opened(await startAgentLink(node, { timings: { minimumBackoffMs: 60_000 } }));
    await agent.ready();
    await node.agentApproval.revoke(agent.identity.tenantId, agent.identity.agentId, "system");
    await waitFor("the end", () => agent.link.state.phase !== "ready");

    expect(() => agent.link.send("job.nack", { jobId: newId(), code: "TIMEOUT", retryAfterMs: 0 })).to.throw(
      AppError,
    );
    const pending = agent.link.waitUntilReady(AbortSignal.timeout(20));
    expect((await rejection(pending)).code).to.equal("LINK_CLOSED");
  });

  it("notices a half-open link on both sides and comes back", async () => {
    const { connection } = await sharedRedis();
    const beat = { pingAfterMs: 60, deadAfterMs: 200 };
    const own = opened(await startGatewayNode({ connection, timings: beat }));
    const proxy = opened(await startTcpProxy(own.port));
    const agent = opened(
      await startAgentLink(own, {
        cloud: { url: `http://127.0.0.1:${proxy.port}` },
        timings: { ...beat, dialTimeoutMs: 300 },
      }),
    );
    await agent.ready();
    await waitFor("the session", () => sessionOf(agent, own));
    const startedAt = performance.now();

    proxy.blackhole();
    await waitFor("the agent to notice", () => agent.link.state.phase !== "ready");
    await waitFor("the gateway to notice", () => own.gateway.sessionCount === 0);
    expect(performance.now() - startedAt).to.be.below(2_000);
    proxy.heal();

    await agent.ready();
    await waitFor("the new session", () => sessionOf(agent, own));
  });

  it("stays up in silence, by pings alone", async () => {
    const { connection } = await sharedRedis();
    const beat = { pingAfterMs: 20, deadAfterMs: 200 };
    const own = opened(
      await startGatewayNode({ connection, timings: { deadAfterMs: 400, pingAfterMs: 300 } }),
    );
    const agent = opened(await startAgentLink(own, { timings: beat }));
    await agent.ready();
    let pings = 0;
    await waitFor("many pings' time", () => ++pings > 30); // 30 looks, 20 ms apart: three times deadAfterMs

    expect(agent.identity.generation).to.equal(1);
    expect(agent.link.state.phase).to.equal("ready");
  });

  it("comes back after the gateway has restarted on the same port", async () => {
    const { connection } = await sharedRedis();
    const first = await startGatewayNode({ connection });
    const agent = opened(await startAgentLink(first));
    await agent.ready();

    await first.close();
    await waitFor("the agent to notice", () => agent.link.state.phase !== "ready");
    const second = opened(
      await startGatewayNode({ connection, port: first.port, serviceKey: first.serviceKey }),
    );

    await agent.ready();
    await waitFor("the session", () => sessionOf(agent, second));
    expect(agent.link.state.attempts).to.equal(0);
  });

  it("goes on working while the node drains, then waits within its window", async () => {
    const { connection } = await sharedRedis();
    const own = await startGatewayNode({ connection });
    const agent = opened(await startAgentLink(own));
    await agent.ready();
    await waitFor("the session", () => sessionOf(agent, own));

    own.gateway.drain();
    await waitFor("goaway", () => agent.link.state.phase === "draining");
    await agent.link.request("job.claim", { jobId: newId(), mark: null }, ["job.deny"], 5000);
    await own.close();

    const { nextAttemptAt } = await waitFor("waiting", () =>
      agent.link.state.phase === "waiting" ? agent.link.state : null,
    );
    expect(nextAttemptAt).to.be.within(Date.now() - 1_000, Date.now() + 1_100);
  });

  it("never sends a frame to a cloud that cannot prove itself (T-15)", async () => {
    const { connection } = await sharedRedis();
    const agent = opened(await startAgentLink(node, { timings: { minimumRefusedMs: 60_000 } }));
    await agent.ready();
    const impostor = opened(await startGatewayNode({ connection, serviceKey: generateSigningKey() }));
    const { tenantId, agentId } = agent.identity;

    const second = opened(relink(agent, impostor.url));
    await waitFor("the refusal", () => second.state.lastError);

    expect(second.state.lastError?.code).to.equal("CLOUD_IDENTITY_INVALID");
    expect(impostor.gateway.session(tenantId, agentId)).to.equal(undefined);
    expect(second.state.nextAttemptAt).to.be.above(Date.now() + 30_000);
  });

  it("goes on asking, slowly, after it was revoked", async () => {
    const agent = opened(await startAgentLink(node));
    await agent.ready();
    const { tenantId, agentId } = agent.identity;

    await node.agentApproval.revoke(tenantId, agentId, "system");

    await waitFor("three attempts", () => agent.link.state.attempts >= 3);
    expect(agent.link.state.lastError?.code).to.equal("AGENT_REVOKED");
    expect(agent.link.state.phase).to.be.oneOf(["waiting", "connecting"]);
  });

  it("warns of a clock that is off, and connects all the same", async () => {
    const warned: string[] = [];
    const log = { ...silentLogger, warn: (event: string) => warned.push(event), child: () => log };
    const clock = { ...systemClock, now: () => Date.now() - 11 * 60_000 };
    const agent = opened(await startAgentLink(node, { clock, log }));
    await agent.ready();

    expect(agent.link.state.clockSkewMs).to.be.within(10.9 * 60_000, 11.1 * 60_000);
    expect(warned).to.deep.equal(["link.clock.skewed"]);
  });

  it("closes while it dials, waits or is ready", async () => {
    for (const phase of ["connecting", "waiting", "ready"] as const) {
      const proxy = await startTcpProxy(node.port);
      const agent = await startAgentLink(node, {
        cloud: { url: `http://127.0.0.1:${proxy.port}` },
        timings: { minimumBackoffMs: 60_000, maximumBackoffMs: 60_000 },
      });
      if (phase !== "connecting") await agent.ready();
      if (phase === "waiting") {
        proxy.refuse();
        await waitFor("waiting", () => agent.link.state.phase === "waiting");
      }
      await agent.close();
      await agent.close();
      expect(agent.link.state.phase).to.equal("closed");
      await proxy.close();
    }
  });

  describe("through an HTTP proxy", () => {
    it("enrols and connects by CONNECT alone", async () => {
      const proxy = opened(await startConnectProxy());
      const agent = opened(await startAgentLink(node, { cloud: { proxy: proxy.url } }));
      await agent.ready();

      expect(new Set(proxy.asked)).to.deep.equal(new Set([`127.0.0.1:${node.port}`]));
      expect(proxy.asked).to.have.length(3); // enrolment, challenge, upgrade
    });

    it("says that the proxy refuses, and comes back when it no longer does", async () => {
      const proxy = opened(await startConnectProxy());
      const agent = opened(await startAgentLink(node, { cloud: { proxy: proxy.url } }));
      await agent.ready();

      proxy.refuseWith(407);
      proxy.cut();
      await waitFor("the refusal", () => agent.link.state.lastError?.code === "PROXY_REFUSED");
      expect(agent.link.state.lastError?.message).to.include("407");
      proxy.refuseWith(null);
      await agent.ready();
    });
  });

  describe("over TLS", () => {
    let directory: string;
    let authority: Awaited<ReturnType<typeof createAuthority>>;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "latchkey-tls-"));
      authority = await createAuthority(directory);
    });
    after(() => rm(directory, { recursive: true, force: true }));

    async function tlsNode(subjects: readonly string[]): Promise<GatewayNode> {
      const { certFile, keyFile } = await authority.issue(newId(), subjects);
      const { connection } = await sharedRedis();
      return opened(await startGatewayNode({ connection, tls: { certificateFile: certFile, keyFile } }));
    }

    it("trusts the authority of cloud.caFile, also through a proxy", async () => {
      const own = await tlsNode(["127.0.0.1"]);
      const proxy = opened(await startConnectProxy());
      for (const cloud of [{ caFile: authority.caFile }, { caFile: authority.caFile, proxy: proxy.url }]) {
        const agent = opened(await startAgentLink(own, { cloud }));
        await agent.ready();
      }
      expect(proxy.asked).to.have.length(3);
    });

    it("refuses an unknown authority and another host's certificate", async () => {
      const unknown = await rejection(startAgentLink(await tlsNode(["127.0.0.1"])));
      const foreign = await rejection(
        startAgentLink(await tlsNode(["cloud.example.com"]), { cloud: { caFile: authority.caFile } }),
      );

      expect(unknown.code).to.equal("CLOUD_CERTIFICATE_INVALID");
      expect(foreign.code).to.equal("CLOUD_CERTIFICATE_INVALID");
      expect(foreign.message).to.include("ERR_TLS_CERT_ALTNAME_INVALID");
    });
  });
});

/** Passes requests on and loses every answer. */
async function startAnswerSwallower(url: string) {
  const server = createServer((request, response) => {
    void text(request)
      .then((body) =>
        fetch(`${url}${request.url ?? ""}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        }),
      )
      .finally(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}

/** A second link of the same identity, to another address. */
function relink(agent: AgentLink, url: string) {
  return startLink({
    config: { url },
    identity: agent.identity,
    sealingKeys: agent.sealingKeys,
    handlers: {
      jobOffer: () => undefined,
      jobAck: () => undefined,
      directoryStated: () => undefined,
      syncRequest: () => Promise.resolve(),
      accountLook: () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE")),
      accountSignIn: () => Promise.reject(new AppError("DIRECTORY_UNAVAILABLE")),
      ready: () => undefined,
    },
    readyFacts: () => ({
      version: "1.2.3",
      credits: 4,
      writebackEnabled: true,
      pendingOutcomes: 0,
      directory: { dialect: null, server: null, healthy: false, stated: null },
    }),
    log: silentLogger,
    clock: systemClock,
  });
}
