/** A cloud with a Redis server of the operator's: the configuration of docker-compose.yml, with TLS and one ACL user. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { type CloudHandle, startCloud } from "../../../cloud/cloud.ts";
import { cloudConfigSchema } from "../../../cloud/config/config.ts";
import { createKeyFiles } from "../../../cloud/keys/key-files.ts";
import { prepareOwnerKey } from "../../../cloud/owner-key.ts";
import { systemClock } from "../../../shared/clock.ts";
import { silentLogger } from "../../../shared/logger.ts";
import { type ComposeRedis, startComposeRedis } from "../../support/compose-redis.ts";
import { rejection } from "../../support/rejection.ts";

describe("a cloud with a Redis server of its own", () => {
  let redis: ComposeRedis;
  let data: string;

  before(async () => {
    redis = await startComposeRedis();
    data = join(redis.directory, "data");
    await createKeyFiles(data);
  });
  after(() => redis.stop());

  const start = (changes: object = {}): Promise<CloudHandle> =>
    startCloud(
      cloudConfigSchema.parse({
        publicUrl: "http://127.0.0.1",
        listen: "127.0.0.1:0",
        dataDirectory: data,
        redis: { ...redis.config, password: redis.password, ...changes },
        notify: { outbox: true },
      }),
      { log: silentLogger, clock: systemClock },
    );

  it("works over TLS, as an ACL user with the rights that operations.md lists", async () => {
    const key = (await prepareOwnerKey(data)).reveal();
    const cloud = await start();
    const call = (method: string, path: string, body?: unknown) =>
      fetch(`${cloud.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    try {
      const statuses = [
        await call("POST", "/tenants", { id: "contoso", name: "Contoso", domains: ["contoso.com"] }),
        await call("PUT", "/tenants/contoso/policy", { policy: { scope: "all" } }),
        await call("POST", "/tenants/contoso/enrollments", { name: "agent" }),
        await call("GET", "/tenants/contoso/users?limit=10"),
        await call("GET", "/tenants/contoso/sync-runs"),
        await call("GET", "/tenants/contoso/audit"),
        await call("GET", "/audit/verify"),
      ].map(({ status }) => status);
      expect(statuses.filter((status) => status >= 500)).to.deep.equal([]);
      expect(statuses.slice(0, 2)).to.deep.equal([201, 200]);
    } finally {
      await cloud.close();
    }
  });

  it("does not start with a wrong password, without TLS, or with another authority", async () => {
    const other = join(redis.directory, "other.pem");
    const made = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=Other -keyout ${other}.key -out ${other}`;
    await promisify(execFile)("openssl", made.split(" "));
    for (const changes of [
      { password: "wrong" },
      { url: `redis://localhost:${redis.port}`, caFile: undefined },
      { caFile: other },
    ])
      expect(await rejection(start(changes))).to.include({ code: "STORE_UNAVAILABLE" });
  });

  it("gives that user nothing else: no other keys, no configuration, no flush, no list of keys", async () => {
    const client = redis.client();
    try {
      const refused = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => "allowed",
          (error: unknown) => String(error),
        );
      for (const work of [
        () => client.set("other", "1"),
        () => client.config("GET", "dir"),
        () => client.flushall(),
        () => client.keys("*"),
        () => client.call("FUNCTION", "FLUSH"),
        () => client.call("ACL", "LIST"),
        () => client.publish("other", "x"),
      ])
        expect(await refused(work())).to.match(/NOPERM/);
      const stranger = redis.client({});
      expect(await refused(stranger.get("lk:nodes"))).to.match(/NOAUTH/);
      stranger.disconnect();
    } finally {
      client.disconnect();
    }
  });
});
