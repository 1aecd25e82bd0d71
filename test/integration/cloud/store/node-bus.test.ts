import { expect } from "chai";
import { channels } from "../../../../cloud/store/keys.ts";
import { type NodeBus, type NodeMessage, openNodeBus } from "../../../../cloud/store/node-bus.ts";
import type { RefusedRecord } from "../../../../cloud/store/record-refusals.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { MINUTE_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("the messages between nodes", () => {
  let store: Store;
  let bus: NodeBus;
  let now: number;
  let seen: NodeMessage[];
  let refused: RefusedRecord[];

  before(async () => {
    const { connection } = await sharedRedis();
    store = await openStore({ mac: testMac, connection, log: silentLogger });
    store.refusals.onRefusal((record) => refused.push(record));
  });
  after(() => store.close());
  beforeEach(async () => {
    now = Date.now();
    seen = [];
    refused = [];
    bus = await openNodeBus(store, `node-${newId()}`, { ...systemClock, now: () => now });
    bus.onMessage((message) => seen.push(message));
  });
  afterEach(() => bus.close());

  const answered = (): NodeMessage => ({
    kind: "agent.answered",
    callId: newId(),
    answer: { type: "account.signed_in", body: { ok: true, mustChange: false } },
  });
  const asked = (): NodeMessage => ({
    kind: "agent.asked",
    callId: newId(),
    from: bus.node,
    tenantId: "contoso",
    agentId: newId(),
    question: { type: "account.look", body: { userId: "0".repeat(32), groups: [] } },
  });

  /** Publishes the texts, then a message of a node. It arrives last, so all that was believed is in `seen` before it. */
  async function publish(...texts: string[]): Promise<void> {
    for (const text of texts) await store.redis.publish(channels.node(bus.node), text);
    const last = answered();
    await bus.publish(bus.node, last);
    await waitFor("the last message", () => seen.at(-1)?.kind === last.kind && seen.at(-1) !== undefined);
    seen.pop();
  }

  /** Publishes a message and returns its text, as any client of Redis can read it. */
  async function overheard(message: NodeMessage): Promise<string> {
    const texts: string[] = [];
    const stop = await store.subscribe(channels.node(bus.node), (text) => texts.push(text));
    await bus.publish(bus.node, message);
    await waitFor("the text", () => texts.length === 1 && seen.length === 1);
    await stop();
    seen.pop();
    return texts[0] ?? "";
  }

  it("are believed only with the code of a node, on the channel they were sent to", async () => {
    const json = JSON.stringify({ sentAt: now, message: answered() });
    const elsewhere = testMac.sign(channels.everyNode, json);
    await publish(JSON.stringify(answered()), json, `\n${json}`, `${elsewhere}\n${json}`);

    expect(seen).to.deep.equal([]);
    expect(refused).to.have.length(4);
    expect(refused[0]).to.include({ kind: "node_message" });
  });

  it("ask the same question once, and are not believed when they are old", async () => {
    const question = await overheard(asked());
    const answer = await overheard(answered());
    await publish(question);
    expect(seen).to.deep.equal([]);

    now += 3 * MINUTE_MS;
    await publish(question, answer);
    expect(seen).to.deep.equal([]);
    expect(refused).to.have.length(3);
  });
});
