import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { expect } from "chai";
import { startCloud } from "../../../cloud/cloud.ts";
import { cloudConfigSchema } from "../../../cloud/config/config.ts";
import type { Writeback } from "../../../shared/api/writebacks.ts";
import { systemClock } from "../../../shared/clock.ts";
import { silentLogger } from "../../../shared/logger.ts";
import { startTestCloud, type TestCloud } from "../../support/cloud.ts";
import { connectCloudAgent } from "../../support/cloud-agent.ts";
import { usersUpTo } from "../../support/directory-users.ts";
import { rejection } from "../../support/rejection.ts";
import { waitFor } from "../../support/wait-for.ts";

describe("a cloud node", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await startTestCloud({ metrics: { listen: "127.0.0.1:0" } });
  });
  afterEach(() => cloud.close());

  const health = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(`${cloud.metricsUrl ?? ""}${path}`);
    return [answer.status, await answer.text()];
  };

  it("counts what it does", async () => {
    const tenantId = await cloud.newTenant();
    const peer = await connectCloudAgent(cloud, tenantId);
    await peer.sync(usersUpTo(3));
    await peer.close();

    const [status, text] = await health("/metrics");

    expect(status).to.equal(200);
    expect(text).to.contain(
      'latchkey_api_requests_total{method="POST",route="/api/v1/tenants",status="201"} 1',
    );
    expect(text).to.contain('latchkey_sync_runs_total{policy="initial",state="done"} 1');
    expect(text).to.contain('latchkey_sync_users_total{change="added"} 3');
    expect(text).to.match(/latchkey_audit_entries_total\{action="agent.approved",outcome="done",code=""\} 1/);
    expect(text).to.match(/latchkey_agents_connected \d/);
  });

  it("is alive without Redis, and not ready", async () => {
    expect(await health("/readyz")).to.deep.equal([200, "ready\n"]);

    await cloud.redis.kill();

    await waitFor("readyz to say so", async () => (await health("/readyz"))[0] === 503);
    expect(await health("/healthz")).to.deep.equal([200, "ok\n"]);
    const { status, body } = await cloud.api("GET", "/api/v1/tenants");
    expect([status, body.code]).to.deep.equal([503, "STORE_UNAVAILABLE"]);

    await cloud.redis.restart();
    await waitFor("readyz", async () => (await health("/readyz"))[0] === 200);
    expect((await cloud.api("GET", "/api/v1/tenants")).status).to.equal(200);
  });

  it("answers waiting requests and disconnects its agents when it stops", async () => {
    const tenantId = await cloud.newTenant();
    const peer = await connectCloudAgent(cloud, tenantId);
    await peer.sync(usersUpTo(3));
    peer.idle = true;
    const wish = { user: "user1", operation: "unlock", waitSeconds: 30 };
    const waiting = cloud.api<Writeback>("POST", `/api/v1/tenants/${tenantId}/writebacks`, wish);
    await waitFor("the job to be offered", () => cloud.logged().includes("writeback.job.offered"));

    const startedAt = performance.now();
    await cloud.close();
    const { status, body } = await waiting;

    expect(performance.now() - startedAt).to.be.lessThan(2_000);
    expect(status).to.equal(202);
    expect(["queued", "offered"]).to.include(body.state);
    expect((await peer.link.closed).code).to.equal(4503);
    await peer.close();
  });

  it("serves TLS 1.2 and newer itself where it is given a certificate, and nothing in clear there", async () => {
    const certificateFile = join(cloud.dataDirectory, "tls.crt");
    const keyFile = join(cloud.dataDirectory, "tls.key");
    await promisify(execFile)("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      keyFile,
      "-out",
      certificateFile,
    ]);
    const secure = await startCloud(
      cloudConfigSchema.parse({
        ...cloud.config,
        publicUrl: "https://127.0.0.1",
        hstsSubdomains: true,
        listen: "127.0.0.1:0",
        metrics: {},
        node: "secure",
        notify: {},
        tls: { certificateFile, keyFile },
      }),
      { log: silentLogger, clock: systemClock },
    );
    try {
      const ca = await readFile(certificateFile);
      const request = get(`${secure.url}/openapi.json`, { ca, agent: false });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();

      expect(secure.url).to.match(/^https:/);
      expect(response.statusCode).to.equal(200);
      expect(response.headers["strict-transport-security"]).to.equal("max-age=31536000; includeSubDomains");
      await once(response, "end");

      const port = Number(new URL(secure.url).port);
      const old = connectTls({
        port,
        ca,
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "ALL:@SECLEVEL=0",
      });
      const [refusal] = (await once(old, "error")) as [NodeJS.ErrnoException];
      expect(refusal.code).to.equal("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
      const clear = fetch(secure.url.replace("https:", "http:")).then(
        () => "answered",
        () => "refused",
      );
      expect(await clear).to.equal("refused");
    } finally {
      await secure.close();
    }
  });

  it("does not start without its keys, or with a Redis that is not there", async () => {
    const start = (changes: object) =>
      rejection(
        startCloud(
          cloudConfigSchema.parse({ ...cloud.config, listen: "127.0.0.1:0", metrics: {}, ...changes }),
          {
            log: silentLogger,
            clock: systemClock,
          },
        ),
      );
    const { dataDirectory } = cloud;

    const noKeys = await start({ dataDirectory: `${dataDirectory}/elsewhere` });
    const noRedis = await start({ redis: { url: "redis://127.0.0.1:1" } });
    const badUrl = await start({ redis: { url: "redis://user:secret@127.0.0.1:1/3" } });

    expect(noKeys).to.include({ code: "STATE_UNREADABLE" });
    expect(noRedis.code).to.equal("STORE_UNAVAILABLE");
    expect(badUrl.code).to.equal("CONFIG_INVALID");
    expect(badUrl.message).to.not.contain("secret");
  });
});
