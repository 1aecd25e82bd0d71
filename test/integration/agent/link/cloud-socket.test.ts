import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { startAgentLink } from "../../../support/agent-link.ts";
import { type GatewayNode, startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("an agent whose upgrade is refused", () => {
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

  it("names both addresses when it connects to another one than publicUrl", async () => {
    const agent = opened(
      await startAgentLink(node, { cloud: { url: node.url.replace("127.0.0.1", "localhost") } }),
    );

    const error = await waitFor("the refusal", () => agent.link.state.lastError);

    expect(error).to.deep.equal({
      code: "AGENT_OTHER_ADDRESS",
      message:
        "The agent proved its identity to localhost, but the host name of the cloud's publicUrl is 127.0.0.1.",
    });
  });

  it("names the proxy that does not pass the upgrade on", async () => {
    const proxy = opened(await startPlainProxy(node.url));
    const agent = opened(await startAgentLink(node, { cloud: { url: proxy.url } }));

    const error = await waitFor("the refusal", () => agent.link.state.lastError);

    expect(error.code).to.equal("UPGRADE_MISSING");
    expect(error.message).to.contain("HTTP 400 and no WebSocket upgrade; is a proxy in between?");
  });
});

/** Starts a reverse proxy that forwards requests and drops `Upgrade` and `Connection`, as nginx does unless it is told otherwise. */
async function startPlainProxy(target: string) {
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const { method = "GET", url = "/", headers } = request;
      const answer = await fetch(new URL(url, target), {
        method,
        headers: {
          "content-type": headers["content-type"] ?? "text/plain",
          authorization: headers.authorization ?? "",
        },
        ...(method === "GET" ? {} : { body }),
      });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
