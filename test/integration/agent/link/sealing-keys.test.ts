import { expect } from "chai";
import { systemClock } from "../../../../shared/clock.ts";
import { type Logger, silentLogger } from "../../../../shared/logger.ts";
import { startAgentLink } from "../../../support/agent-link.ts";
import { startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis, startRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("new sealing keys of a connected agent", () => {
  const close: (() => Promise<void>)[] = [];
  const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
    close.push(() => thing.close());
    return thing;
  };
  afterEach(async () => {
    for (const stop of close.splice(0).reverse()) await stop();
  });

  it("are announced on the open link, and audited", async () => {
    const node = opened(await startGatewayNode({ connection: (await sharedRedis()).connection }));
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + aheadMs };
    const agent = opened(await startAgentLink(node, { clock }));
    await agent.ready();
    const { tenantId } = agent.identity;
    const [before] = await waitFor("the first key", async () => {
      const keys = await node.agents.recipients(tenantId, 1);
      return keys.length > 0 ? keys : null;
    });

    aheadMs = 23.5 * 3_600_000;
    expect(await agent.sealingKeys.rotateIfDue()).to.equal(true);

    const after = await waitFor("the new key", async () => {
      const [key] = await node.agents.recipients(tenantId, 1);
      return key !== undefined && key.keyId !== before?.keyId ? key : null;
    });
    expect(agent.sealingKeys.find(after.keyId)?.publicKey).to.equal(after.publicKey);
    const { details } = await waitFor("the audit", () =>
      node.audited.find(
        ({ action, tenantId: of }) => action === "agent.sealing_key.announced" && of === tenantId,
      ),
    );
    expect(details?.["keyIds"]).to.include(after.keyId);
    expect(agent.sealingKeys.find(before?.keyId ?? "")).not.to.equal(null);
  });

  it("are announced again when the cloud could not take them", async () => {
    const redis = await startRedis();
    close.push(() => redis.stop());
    const own = opened(await startGatewayNode({ connection: redis.connection }));
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + aheadMs };
    const warnings: string[] = [];
    const log: Logger = { ...silentLogger, warn: (event) => warnings.push(event), child: () => log };
    const agent = opened(await startAgentLink(own, { clock, log, timings: { announceAgainMs: 20 } }));
    await agent.ready();
    const { tenantId, agentId } = agent.identity;
    await waitFor("the session", () => own.gateway.session(tenantId, agentId)?.credits === 4);

    await redis.kill();
    aheadMs = 23.5 * 3_600_000;
    await agent.sealingKeys.rotateIfDue();
    const [key] = agent.sealingKeys.current();
    await waitFor("the first attempt", () => warnings.includes("link.sealing_keys.not_announced"));
    await redis.restart();

    await waitFor("the new key", async () => {
      const [known] = await own.agents.recipients(tenantId, 1).catch(() => []);
      return known?.keyId === key?.keyId;
    });
    expect(agent.identity.generation).to.equal(1);
  });
});
