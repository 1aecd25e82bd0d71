import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createPlainServer, type RequestListener, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkCloud, type CloudChecksOptions } from "../../../../agent/health/cloud-checks.ts";
import { freePort } from "../../../../lab/free-port.ts";
import { type Authority, createAuthority, type ServerCertificateFiles } from "../../../../lab/tls.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { agentStatus } from "../../../support/agent-status.ts";

/** A cloud's answer to a challenge; a test changes the clock in it. */
const cloudAt =
  (now: () => number): RequestListener =>
  (_request, response) => {
    const answer = { nonce: "abcd", serverTime: now(), node: "node1", versionMin: 1, versionMax: 1 };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  };

describe("doctor's checks of the cloud", () => {
  const servers: Server[] = [];
  let folder: string;
  let authority: Authority;
  let certificate: ServerCertificateFiles;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-doctor-"));
    authority = await createAuthority(folder);
    certificate = await authority.issue("cloud", ["localhost"]);
  });
  after(async () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await rm(folder, { recursive: true, force: true });
  });

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }
  async function startCloud(now: () => number = Date.now): Promise<string> {
    const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
    return `https://localhost:${await listen(createServer({ cert, key }, cloudAt(now)))}`;
  }
  async function check(change: Partial<CloudChecksOptions> & Pick<CloudChecksOptions, "config">) {
    const found = new Map<string, { status: string; detail: string; action: string | null }>();
    const options: CloudChecksOptions = {
      identity: { agentId: newId(), tenantId: "contoso", fingerprint: "0000-1111" },
      identityError: null,
      running: null,
      tryConnect: () => Promise.resolve({ approved: true }),
      clock: systemClock,
      timeoutMs: 3_000,
      ...change,
    };
    for await (const { name, ...rest } of checkCloud(options)) found.set(name, rest);
    return {
      found,
      statuses: Object.fromEntries([...found].map(([name, { status }]) => [name, status])),
    };
  }
  const ALL_WELL = {
    identity: "pass",
    DNS: "pass",
    proxy: "skip",
    "cloud TLS": "pass",
    cloud: "pass",
    clock: "pass",
    link: "pass",
    approval: "pass",
  };

  it("pass, one after the other", async () => {
    const { found, statuses } = await check({
      config: { url: await startCloud(), caFile: authority.caFile },
    });

    expect(statuses).to.deep.equal(ALL_WELL);
    expect(found.get("cloud TLS")?.detail).to.contain("TLSv1.3").and.to.contain("Latchkey laboratory");
  });

  it("use the running agent's status for the link", async () => {
    const config = { url: await startCloud(), caFile: authority.caFile };
    const tryConnect = () => Promise.reject(new Error("must not be called"));
    const down = agentStatus().link;
    const lastError = { code: "AGENT_REVOKED", message: "The cloud has revoked this agent." } as const;

    const up = await check({ config, tryConnect, running: agentStatus() });
    const refused = await check({
      config,
      tryConnect,
      running: { link: { ...down, phase: "waiting", lastError } },
    });

    expect(up.statuses).to.deep.equal(ALL_WELL);
    expect(refused.found.get("link")).to.deep.include({
      status: "fail",
      detail: `${lastError.code}: ${lastError.message}`,
    });
    expect(refused.statuses["approval"]).to.equal("skip");
  });

  it("name a proxy that drops the upgrade, and the address that publicUrl has", async () => {
    const config = { url: await startCloud(), caFile: authority.caFile };
    const refusedWith = async (error: AppError) =>
      (await check({ config, tryConnect: () => Promise.reject(error) })).found.get("link");

    const dropped = await refusedWith(new AppError("UPGRADE_MISSING"));
    const elsewhere = await refusedWith(new AppError("AGENT_OTHER_ADDRESS"));

    expect(dropped).to.deep.include({ status: "fail" });
    expect(dropped?.action).to.contain("Upgrade and Connection").and.to.contain("docs/reverse-proxy.md");
    expect(elsewhere?.action).to.contain("cloud.url").and.to.contain("publicUrl");
  });

  it("name the command that approves", async () => {
    const { found } = await check({
      config: { url: await startCloud(), caFile: authority.caFile },
      tryConnect: () => Promise.resolve({ approved: false }),
    });

    expect(found.get("approval")?.action).to.contain("latchkey agent approve").and.to.contain("0000-1111");
  });

  it("notice a clock that is wrong", async () => {
    const url = await startCloud(() => Date.now() + 6 * 60_000);

    const { found } = await check({ config: { url, caFile: authority.caFile } });

    expect(found.get("clock")).to.deep.include({ status: "fail" });
    expect(found.get("clock")?.detail).to.match(/^3(59|60)\.\d s behind/);
  });

  it("fail at an authority that is not known, and skip the rest", async () => {
    const { found, statuses } = await check({ config: { url: await startCloud() } });

    expect(statuses).to.include({ "cloud TLS": "fail", cloud: "skip", clock: "skip", link: "skip" });
    expect(found.get("cloud TLS")?.action).to.contain("cloud.caFile");
  });

  it("fail at a certificate of another name", async () => {
    const other = (await startCloud()).replace("localhost", "127.0.0.1");

    const { found } = await check({ config: { url: other, caFile: authority.caFile } });

    expect(found.get("cloud TLS")?.detail).to.contain("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("fail at a name that is not found", async () => {
    const { statuses } = await check({ config: { url: "https://nowhere.invalid" } });

    expect(statuses).to.include({ DNS: "fail", "cloud TLS": "skip", link: "skip" });
  });

  it("fail at a proxy that does not answer, and at one that refuses", async () => {
    const url = await startCloud();
    const refusing = createPlainServer();
    refusing.on("connect", (_request, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    const proxies = [await freePort(), await listen(refusing)].map((port) => `http://127.0.0.1:${port}`);

    const [silent, refused] = await Promise.all(
      proxies.map((proxy) => check({ config: { url, caFile: authority.caFile, proxy } })),
    );

    expect(silent?.statuses).to.include({ proxy: "fail", "cloud TLS": "skip" });
    expect(refused?.statuses).to.include({ proxy: "pass", "cloud TLS": "fail" });
    expect(refused?.found.get("cloud TLS")?.detail).to.contain("403");
  });

  it("work without an identity, as far as they can", async () => {
    const { statuses } = await check({
      config: { url: await startCloud(), caFile: authority.caFile },
      identity: null,
      identityError: new AppError("AGENT_NOT_ENROLLED"),
    });

    expect(statuses).to.include({
      identity: "fail",
      "cloud TLS": "pass",
      cloud: "skip",
      clock: "pass",
      link: "skip",
    });
  });

  it("say what the cloud said when it refuses the agent", async () => {
    const { found } = await check({
      config: { url: await startCloud(), caFile: authority.caFile },
      tryConnect: () => Promise.reject(new AppError("AGENT_LOCKED")),
    });

    expect(found.get("link")).to.deep.include({
      status: "fail",
      detail: `AGENT_LOCKED: ${new AppError("AGENT_LOCKED").message}`,
    });
  });
});
