import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import { startCloud } from "../../../../cloud/cloud.ts";
import { addRecordsCommand } from "../../../../cloud/commands/records.ts";
import { cloudConfigSchema } from "../../../../cloud/config/config.ts";
import { createKeyFiles, openKeyFiles } from "../../../../cloud/keys/key-files.ts";
import { type ApiKeys, createApiKeys } from "../../../../cloud/store/api-keys.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { createPolicyStore } from "../../../../cloud/store/policies.ts";
import { NO_REGISTRATION } from "../../../../cloud/store/registration-record.ts";
import { createRegistrations } from "../../../../cloud/store/registrations.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { createTenantStore } from "../../../../cloud/store/tenants.ts";
import { printVersioned } from "../../../../cloud/store/versioned.ts";
import { policySchema } from "../../../../shared/api/policy.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { runCommand } from "../../../../shared/command.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import type { Secret } from "../../../../shared/secret.ts";
import { bufferedIo } from "../../../support/command-io.ts";
import { type RedisServer, startRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";

const TENANT = "contoso";
const USER = "0".repeat(32);
const REGISTRATION = keys.registrations(TENANT) + USER;

describe("latchkey-cloud records", () => {
  let directory: string;
  let configFile: string;
  let redis: RedisServer;
  let store: Store;
  let secret: Secret;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "lk-"));
    redis = await startRedis();
    await createKeyFiles(directory);
    configFile = join(directory, "cloud.yaml");
    await writeFile(
      configFile,
      `publicUrl: http://127.0.0.1\nlisten: 127.0.0.1:0\ndataDirectory: ${directory}\nredis: { url: "${redis.url}" }\n`,
    );
    store = await open();
    await createTenantStore({ store, clock: systemClock }).create({
      id: TENANT,
      name: "Contoso",
      domains: ["contoso.com"],
    });
    await createPolicyStore(store).apply(TENANT, policySchema.parse({ scope: "all" }), null, 1);
    const made = await apiKeys(store).create({
      name: "test",
      tenantId: null,
      scopes: ["owner"],
      createdBy: "system",
      expiresAt: null,
    });
    ({ secret } = made);
    await store.redis.set(REGISTRATION, printVersioned(store, REGISTRATION, 3, NO_REGISTRATION));
  });
  afterEach(async () => {
    await store.close();
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const apiKeys = (of: Store): ApiKeys => createApiKeys({ store: of, clock: systemClock });
  const open = async (): Promise<Store> =>
    openStore({
      mac: (await openKeyFiles(directory)).records,
      connection: redis.connection,
      log: silentLogger,
    });

  async function records(...argv: string[]) {
    const io = bufferedIo();
    const program = new Command("latchkey-cloud");
    addRecordsCommand(program, io);
    const exit = await runCommand(
      program,
      ["node", "latchkey-cloud", "records", ...argv, "--config", configFile],
      io,
    );
    return { exit, out: io.out, err: io.err };
  }

  /** Takes the MACs away, as if an earlier version had written the records. */
  async function unsign(): Promise<void> {
    const id = secret.reveal().slice(4, 30);
    await store.redis.hdel(keys.policy(TENANT), "mac");
    await store.redis.hdel(keys.apiKey(id), "mac");
    const tenant = (await store.redis.hget(keys.tenants, TENANT)) ?? "";
    await store.redis.hset(keys.tenants, TENANT, tenant.slice(tenant.indexOf("\n") + 1));
    await store.redis.set(REGISTRATION, `3\n${JSON.stringify(NO_REGISTRATION)}`);
  }

  /** Reads all records as a node does that has just started; the number of those that it refuses. */
  async function refusals(): Promise<number> {
    const fresh = await open();
    const registrations = createRegistrations({ store: fresh });
    const reads = await Promise.allSettled([
      createTenantStore({ store: fresh, clock: systemClock }).findByDomain("contoso.com"),
      createPolicyStore(fresh).get(TENANT),
      apiKeys(fresh).authenticate(secret),
      registrations.get(TENANT, USER),
    ]);
    await fresh.close();
    return reads.filter(({ status }) => status === "rejected").length;
  }

  it("takes over the records of an earlier version, once an administrator has confirmed it", async () => {
    await unsign();
    const config = cloudConfigSchema.parse({
      publicUrl: "http://127.0.0.1",
      listen: "127.0.0.1:0",
      dataDirectory: directory,
      redis: { url: redis.url },
    });
    const refusal = await rejection(startCloud(config, { log: silentLogger, clock: systemClock }));
    expect(refusal).to.include({ code: "RECORD_FORGED" });
    expect(refusal.message).to.contain("latchkey-cloud records seal --adopt-unsigned");
    expect(await refusals()).to.equal(4);

    const careful = await records("seal", "--json");
    expect(careful.exit).to.equal(4);
    expect(await refusals()).to.equal(4);
    expect((await records("seal", "--adopt-unsigned")).exit, "not confirmed").to.equal(2);
    const dry = await records("seal", "--adopt-unsigned", "--dry-run", "--json");
    expect(JSON.parse(dry.out)).to.deep.include({ dryRun: true, refused: [] });
    expect(await refusals()).to.equal(4);

    const done = await records("seal", "--adopt-unsigned", "--yes");
    expect(done.exit, done.out).to.equal(0);
    expect(done.out)
      .to.match(/tenant +0 +1 +0/)
      .and.to.match(/registration +0 +1 +0/);
    expect(done.out).to.contain(`API key ${secret.reveal().slice(4, 30)} 'test'`);
    expect(await refusals()).to.equal(0);
    const [[, fields] = ["", []]] = await store.redis.xrevrange(
      keys.auditEntries(null),
      "+",
      "-",
      "COUNT",
      1,
    );
    expect(fields.join(" ")).to.contain("records.sealed").and.to.contain('"adoptUnsigned":true');
  });

  it("takes nothing over once the records are sealed, whatever a writer of Redis takes away: a file outside Redis says so (finding 4, T-16)", async () => {
    const config = cloudConfigSchema.parse({
      publicUrl: "http://127.0.0.1",
      listen: "127.0.0.1:0",
      dataDirectory: directory,
      redis: { url: redis.url },
    });
    const start = () => startCloud(config, { log: silentLogger, clock: systemClock });
    await (await start()).close();
    await unsign();
    const thief = { ...NO_REGISTRATION, mobile: { number: "+32499000001", confirmedAt: 1 } };
    await store.redis.set(REGISTRATION, `4\n${JSON.stringify(thief)}`);

    for (const how of [["--dry-run"], ["--yes"]]) {
      const { exit, err } = await records("seal", "--adopt-unsigned", ...how);
      expect(exit).to.equal(4);
      expect(err).to.contain("RECORDS_SEALED").and.to.contain(join(directory, "records.sealed"));
    }
    expect(await refusals()).to.equal(4);
    await (await start()).close(); // refuses each record, not the whole installation

    await rm(join(directory, "records.sealed")); // a backup of an earlier version was restored
    expect((await records("seal", "--adopt-unsigned", "--yes")).exit).to.equal(0);
    expect((await records("seal", "--adopt-unsigned", "--yes")).exit, "only once").to.equal(4);
  });

  it("never takes over a record that was changed", async () => {
    const tenant = (await store.redis.hget(keys.tenants, TENANT)) ?? "";
    await store.redis.hset(keys.tenants, TENANT, tenant.replace("Contoso", "Thieves"));

    const { exit, out } = await records("seal", "--adopt-unsigned", "--yes", "--json");

    expect(exit).to.equal(4);
    expect(JSON.parse(out)).to.have.deep.property("refused", [`${keys.tenants} ${TENANT}`]);
    expect(await refusals()).to.equal(1);
  });

  it("puts a new key in use, keeps the earlier one, and seals the records so that it can be removed", async () => {
    const before = await readFile(join(directory, "records.key"), "utf8");
    expect((await records("rotate-key")).exit).to.equal(0);
    const rotated = await readFile(join(directory, "records.key"), "utf8");
    expect(rotated)
      .to.match(/^\S{43}\n\S{43}\n$/)
      .and.to.contain(before);
    expect(await refusals()).to.equal(0);

    const withOne = async (line: number): Promise<void> =>
      writeFile(join(directory, "records.key"), `${rotated.split("\n")[line] ?? ""}\n`);
    await withOne(0);
    expect(await refusals(), "without the earlier key").to.equal(4);
    await writeFile(join(directory, "records.key"), rotated);
    const { exit, out } = await records("seal");
    expect(exit, out).to.equal(0);
    await withOne(0);
    expect(await refusals()).to.equal(0);
  });
});
