import { expect } from "chai";
import type { ApiServices } from "../../../../cloud/admin/api-context.ts";
import { createApiServer } from "../../../../cloud/admin/server.ts";
import { systemClock } from "../../../../shared/clock.ts";
import type { Logger } from "../../../../shared/logger.ts";

describe("the address of a visitor", () => {
  const warned: unknown[] = [];
  const ignore = (): void => undefined;
  const log: Logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (event, fields) => warned.push([event, fields?.["address"]]),
    child: () => log,
  };
  beforeEach(() => warned.splice(0));

  /** The address that the cloud counts for a connection from 192.0.2.1 with X-Forwarded-For. */
  async function counted(forwarded: string, trustedProxies: readonly string[], times = 1): Promise<string> {
    const app = await createApiServer({
      config: {
        publicUrl: "http://127.0.0.1",
        trustedProxies: [...trustedProxies],
        tls: undefined,
        hstsSubdomains: false,
      },
      services: { clock: systemClock, closing: new AbortController().signal } as unknown as ApiServices,
      log,
    });
    app.get("/address", (request) => request.ip);
    const headers = { "x-forwarded-for": forwarded, "x-real-ip": forwarded, forwarded: `for=${forwarded}` };
    let body = "";
    for (let each = 0; each < times; each += 1)
      ({ body } = await app.inject({ url: "/address", remoteAddress: "192.0.2.1", headers }));
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

  for (const trustedProxies of [[], ["198.51.100.0/24"]])
    it(`is ignored from a proxy that is not listed, which the log says once (${trustedProxies.length})`, async () => {
      await counted("203.0.113.7", trustedProxies, 3);
      expect(warned).to.deep.equal([["http.forwarded.untrusted", "192.0.2.1"]]);
    });

  it("is no matter for the log when the proxy is listed", async () => {
    await counted("203.0.113.7", ["192.0.2.0/24"]);
    expect(warned).to.deep.equal([]);
  });
});
