import { expect } from "chai";
import type { ApiServices } from "../../../../cloud/admin/api-context.ts";
import { createApiServer } from "../../../../cloud/admin/server.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";

describe("the address of a visitor", () => {
  /** The address that the cloud counts for a connection from 192.0.2.1 with X-Forwarded-For. */
  async function counted(forwarded: string, trustedProxies: readonly string[]): Promise<string> {
    const app = await createApiServer({
      config: { publicUrl: "http://127.0.0.1", trustedProxies: [...trustedProxies], tls: undefined },
      services: { clock: systemClock, closing: new AbortController().signal } as unknown as ApiServices,
      log: silentLogger,
    });
    app.get("/address", (request) => request.ip);
    const headers = { "x-forwarded-for": forwarded, "x-real-ip": forwarded, forwarded: `for=${forwarded}` };
    const { body } = await app.inject({ url: "/address", remoteAddress: "192.0.2.1", headers });
    await app.close();
    return body;
  }

  it("is the connection's, whatever it says of itself, unless a trusted proxy says it", async () => {
    expect(await counted("203.0.113.7", [])).to.equal("192.0.2.1");
    expect(await counted("203.0.113.7", ["198.51.100.0/24"])).to.equal("192.0.2.1");
    expect(await counted("203.0.113.7", ["192.0.2.0/24"])).to.equal("203.0.113.7");
  });

  it("is the last one that a trusted proxy saw, not one that the visitor wrote before it", async () => {
    expect(await counted("10.0.0.1, 203.0.113.7", ["192.0.2.1"])).to.equal("203.0.113.7");
  });

  it("is read without the port that some proxies add to it, and IPv4 is IPv4 however it is written", async () => {
    for (const [forwarded, address] of [
      ["203.0.113.7:49152", "203.0.113.7"],
      ["[2001:db8::7]:443", "2001:db8::7"],
      ["::ffff:cb00:7107", "203.0.113.7"],
      ["64:ff9b::cb00:7107", "203.0.113.7"],
    ] as const)
      expect(await counted(forwarded, ["192.0.2.1"]), forwarded).to.equal(address);
  });
});
