import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { deflateRawSync } from "node:zlib";
import { expect } from "chai";
import { newId } from "../../../../shared/ids.ts";
import type { CloudBody } from "../../../../shared/protocol/frames.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import {
  enrollFakeAgent,
  type FakeAgent,
  type FakeLink,
  makeSealingKeys,
} from "../../../support/fake-agent.ts";
import { type GatewayNode, newTenantId, startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("the gateway against a peer that means harm (T-26)", () => {
  let node: GatewayNode;
  let agent: FakeAgent;
  let answerBegin: (() => void) | undefined;
  before(async () => {
    node = await startGatewayNode({
      connection: (await sharedRedis()).connection,
      timings: { readyMs: 300 },
      handlers: {
        // Answers when the test lets it: what comes meanwhile has to wait.
        syncBegin: (_session, { runId }) =>
          new Promise<CloudBody<"sync.begun">>((resolve) => {
            answerBegin = () => resolve({ runId, cursor: null, users: 0, userId: null });
          }),
      },
    });
    agent = await node.newAgent();
  });
  after(() => node.close());
  afterEach(async () => {
    await waitFor("every session to be gone", () => node.gateway.sessionCount === 0);
    const link = await agent.connect(); // it still serves, and the honest agent is not harmed
    await link.close();
    await waitFor("the check to be gone", () => node.gateway.sessionCount === 0);
  });

  const frame = (n: number, changes: object = {}): string =>
    JSON.stringify({
      v: 1,
      n,
      id: newId(),
      type: "sync.note",
      body: { runId: newId(), feed: "usn", full: true, reason: null },
      ...changes,
    });
  const zeros = deflateRawSync(Buffer.alloc(64 * 1024 * 1024)); // 64 MiB in 64 KiB

  const ATTACKS: readonly {
    readonly what: string;
    readonly code: number | readonly number[];
    readonly attack: (link: FakeLink) => void;
  }[] = [
    { what: "text that is no JSON", code: 4400, attack: ({ socket }) => socket.send("hello") },
    {
      what: "binary that does not inflate",
      code: 4400,
      attack: ({ socket }) => socket.send(randomBytes(500)),
    },
    { what: "a deflate bomb", code: 4400, attack: ({ socket }) => socket.send(zeros) },
    { what: "JSON nested 50,000 deep", code: 4400, attack: ({ socket }) => socket.send("[".repeat(50_000)) },
    { what: "a frame without a type", code: 4400, attack: ({ socket }) => socket.send(`{"v":1,"n":2}`) },
    { what: "a gap in the numbers", code: 4400, attack: ({ socket }) => socket.send(frame(3)) },
    { what: "a repeated number", code: 4400, attack: ({ socket }) => socket.send(frame(1)) },
    {
      what: "a key that is not in the protocol",
      code: 4400,
      attack: ({ socket }) => socket.send(frame(2, { extra: true })),
    },
    {
      what: "a prototype in the body",
      code: 4400,
      attack: ({ socket }) => socket.send(frame(2).replace(`"feed"`, `"__proto__":{"x":1},"feed"`)),
    },
    { what: "a message of 300 KiB", code: 1009, attack: ({ socket }) => socket.send("x".repeat(300 * 1024)) },
    {
      what: "a message in a thousand fragments",
      code: 1008,
      attack: ({ socket }) => {
        for (let count = 0; count < 1000; count++) socket.send("x", { fin: false });
      },
    },
    {
      what: "a second ready",
      code: 4400,
      attack: (link) =>
        link.send("ready", {
          generation: agent.generation,
          version: "0.0.0",
          credits: 8,
          writebackEnabled: true,
          pendingOutcomes: 0,
          sealingKeys: agent.sealingKeys,
          directory: { dialect: null, server: null, healthy: true, stated: null },
          sentAt: 0,
        }),
    },
    {
      what: "a flood of pings",
      code: [4429, 1006], // ws itself may give up before we do: sixty pongs in its queue
      attack: ({ socket }) => {
        for (let count = 0; count < 150; count++) socket.ping();
      },
    },
    {
      what: "a flood of frames of unknown types",
      code: 4429,
      attack: ({ socket }) => {
        for (let n = 2; n < 150; n++) socket.send(frame(n, { type: "no.such" }));
      },
    },
    {
      what: "batches without end and without waiting for an answer",
      code: 4429,
      attack: (link) => {
        const runId = newId();
        link.send("sync.begin", { runId, policy: "delta", trigger: "agent", dryRun: false, user: null });
        for (let sequence = 1; sequence < 100; sequence++)
          link.send("sync.batch", { runId, sequence, changes: [], cursor: null });
      },
    },
  ];
  for (const { what, code, attack } of ATTACKS)
    it(`closes the link on ${what}`, async () => {
      const link = await agent.connect();
      attack(link);
      const closed = await link.closed;
      answerBegin?.();
      expect([code].flat()).to.include(closed.code);
    });

  it("answers one frame of an unknown type, and goes on", async () => {
    const link = await agent.connect();
    const id = newId();
    const answered = once(link.socket, "message") as Promise<[Buffer]>;
    link.socket.send(frame(2, { type: "no.such", id }));
    const [answer] = await answered;

    expect(JSON.parse(answer.toString("utf8"))).to.deep.include({ type: "error", re: id });
    await link.close();
  });

  it("closes a link that begins with anything but ready", async () => {
    const link = await agent.dial();
    link.send("sync.note", { runId: newId(), feed: "usn", full: true, reason: null });
    expect((await link.closed).code).to.equal(4400);
  });

  it("closes a link that says nothing after the welcome", async () => {
    const link = await agent.dial();
    expect((await link.closed).code).to.equal(4400);
  });

  it("closes a link whose ready is not the agent's own", async () => {
    const foreign = (await makeSealingKeys(agent.agentId, generateSigningKey())).map(({ record }) => record);
    for (const facts of [{ generation: 4711 }, { sealingKeys: foreign }]) {
      const link = await agent.connect(facts);
      expect((await link.closed).code).to.equal(4400);
    }
  });

  it("survives random bytes on many links at once", async () => {
    for (let round = 0; round < 3; round++) {
      const link = await agent.connect();
      for (let count = 0; count < 500; count++) link.socket.send(randomBytes(1 + (count % 200)));
      expect((await link.closed).code).to.be.oneOf([4400, 4429]);
    }
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(node.port, "127.0.0.1");
        socket.on("error", () => undefined); // the server may close first
        socket.end(randomBytes(300));
        socket.resume();
        await once(socket, "close");
      }),
    );
  });

  it("holds no socket for peers that send slowly or not at all", async function () {
    this.timeout(60_000);
    const startedAt = performance.now();
    const beginnings = [
      "",
      "GET /agent/v1 HTTP/1.1\r\nHost: x\r\nX-Slow: ",
      "POST /agent/v1/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    ];
    const sockets = Array.from({ length: 60 }, (_, index) => {
      const socket = connect(node.port, "127.0.0.1", () => socket.write(beginnings[index % 3] ?? ""));
      socket.on("error", () => undefined); // closed by the server
      socket.resume();
      return once(socket, "close");
    });
    const honest = await agent.connect(); // while they hang there
    await honest.close();

    await Promise.all(sockets);
    expect(performance.now() - startedAt).to.be.below(6_000);
  });

  it("slows an address down that guesses enrolment tokens", async () => {
    const { connection } = await sharedRedis();
    const own = await startGatewayNode({ connection });
    try {
      const tenantId = newTenantId();
      const elsewhere = await own.newToken(tenantId, { cidrs: ["10.0.0.0/8"] });
      const attempts = [];
      for (let count = 0; count < 31; count++)
        attempts.push(
          await enrollFakeAgent({ url: own.url, token: elsewhere }).catch((error: unknown) => String(error)),
        );
      expect(
        attempts.filter(
          (answer) => typeof answer === "string" && answer.includes("ENROLLMENT_TOKEN_INVALID"),
        ),
      ).to.have.length(30);
      expect(attempts.at(-1)).to.include("RATE_LIMITED");
    } finally {
      await own.close();
    }
  });

  it("refuses bodies that are no requests", async () => {
    const ask = (path: string, body: string): Promise<Response> =>
      fetch(`${node.url}/agent/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
    for (const body of ["", "[]", `{"tenantId":"a"}`, `{"tenantId":"a","agentId":"../../x"}`])
      for (const path of ["challenge", "enroll"]) expect((await ask(path, body)).status).to.equal(400);
    expect((await ask("challenge", JSON.stringify({ x: "y".repeat(2000) }))).status).to.equal(413);
    expect((await ask("enroll", JSON.stringify({ x: "y".repeat(200_000) }))).status).to.equal(413);
  });

  it("does not let an agent speak for another tenant's agent of the same name", async () => {
    const other = await node.newAgent();
    const error = await rejection(node.agents.get(other.tenantId, agent.agentId));
    expect(error.code).to.equal("AGENT_UNKNOWN");
  });
});
